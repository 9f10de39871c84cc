import { useLocation } from 'wouter';
import IconChartLine from '@tabler/icons-react/dist/esm/icons/IconChartLine.mjs';
import { ActionButton } from '../../ui/button.tsx';
import type { Selection } from '../../ui/selection.ts';
import { comparePath, whyNotCompared } from './load-compare.ts';
import type { Compared } from './load-compare.ts';

/** The ticked rows on one chart of each kind. */
export function CompareButton({
  kind,
  selection,
  total,
}: {
  kind: Compared;
  selection: Selection;
  total: number;
}) {
  const [, navigate] = useLocation();
  return (
    <ActionButton
      size="sm"
      icon={IconChartLine}
      reason={whyNotCompared(kind, selection.count(total), selection.all)}
      onClick={() => {
        navigate(comparePath(kind, [...selection.keys]));
      }}
    >
      Compare
    </ActionButton>
  );
}
