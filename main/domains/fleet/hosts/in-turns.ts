/** Does the work of all items, so many at a time, in their order. Stops at the first that throws, after those begun have ended. */
export async function inTurns<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, at: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  let isBroken = false;
  const turn = async (): Promise<void> => {
    while (next < items.length && !isBroken) {
      const at = next;
      next += 1;
      try {
        await work(items[at] as T, at);
      } catch (error) {
        isBroken = true;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, turn));
  const failed = ended.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
