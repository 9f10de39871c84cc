/** Where a key leads the crosshair from: to a point, away (null), or nowhere (undefined). */
export function stepOf(key: string, from: number | null, points: number): number | null | undefined {
  const last = points - 1;
  if (last < 0) return undefined;
  const tenth = Math.max(1, Math.round(points / 10));
  const steps: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -tenth, PageDown: tenth };
  const step = steps[key];
  if (step !== undefined) return Math.min(last, Math.max(0, (from ?? last) + step));
  if (key === 'Home') return 0;
  if (key === 'End') return last;
  return key === 'Escape' && from !== null ? null : undefined;
}
