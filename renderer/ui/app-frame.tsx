import type { ReactNode } from 'react';
import { useEffect } from 'react';
import { useMediaQuery } from '@mantine/hooks';
import { create } from 'zustand';

/** Open splits (a detail beside a list) that want the rail's room; one is enough to fold it below 1600 px. */
const useSplits = create<{ open: number }>(() => ({ open: 0 }));

/** Tells the frame that a split is open while the part is on screen. */
export function useFoldsRail(active: boolean): void {
  useEffect(() => {
    if (!active) return undefined;
    useSplits.setState((state) => ({ open: state.open + 1 }));
    return () => {
      useSplits.setState((state) => ({ open: state.open - 1 }));
    };
  }, [active]);
}

/** True when the rail shows icons only: with a split open below 1600 px, or in a narrow window. */
export function useRailFolded(): boolean {
  const { open } = useSplits();
  const wide = useMediaQuery('(min-width: 1600px)', true, { getInitialValueInEffect: false });
  const narrow = useMediaQuery('(max-width: 1023px)', false, { getInitialValueInEffect: false });
  return narrow || (open > 0 && !wide);
}

/** The frame around every page: environment bar, top bar, rail, page, task drawer. */
export function AppFrame(props: { top: ReactNode; rail: ReactNode; drawer: ReactNode; children: ReactNode }) {
  const folded = useRailFolded();
  return (
    <div className="ik-app" data-folded={folded || undefined}>
      <div className="ik-envbar" />
      <a className="ik-btn ik-skip" href="#main">
        Skip to the page
      </a>
      {props.top}
      {props.rail}
      <main className="ik-main" id="main" tabIndex={-1}>
        {props.children}
      </main>
      {props.drawer}
    </div>
  );
}
