import { useMemo, useRef } from 'react';
import type { RefObject } from 'react';
import { useSearch } from 'wouter';

/** To the row before or after the one shown; undefined where no list stands beside it (a window of its own). */
export interface DetailStep {
  previous: (() => void) | undefined;
  next: (() => void) | undefined;
}

/** Steps through the list from the detail beside it: `stepper` goes to the table, `step` to the detail's head. */
export function useDetailStep(): { stepper: RefObject<((by: -1 | 1) => void) | null>; step: DetailStep } {
  const stepper = useRef<((by: -1 | 1) => void) | null>(null);
  const alone = new URLSearchParams(useSearch()).has('alone');
  const step = useMemo<DetailStep>(
    () =>
      alone
        ? { previous: undefined, next: undefined }
        : { previous: () => stepper.current?.(-1), next: () => stepper.current?.(1) },
    [alone],
  );
  return { stepper, step };
}
