/** Places of values that have no neighbour to draw a line to. */
export function lonePoints(values: ArrayLike<number | null | undefined>): number[] {
  const isKnown = (at: number): boolean => values[at] !== null && values[at] !== undefined;
  return Array.from(values, (_, at) => at).filter(
    (at) => isKnown(at) && !isKnown(at - 1) && !isKnown(at + 1),
  );
}
