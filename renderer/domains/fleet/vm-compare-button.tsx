import { useLocation } from 'wouter';
import IconChartLine from '@tabler/icons-react/dist/esm/icons/IconChartLine.mjs';
import { ActionButton } from '../../ui/button.tsx';
import type { Selection } from '../../ui/selection.ts';
import { comparePath, whyNotCompared } from './vm-compare.ts';

/** The ticked VMs on one chart. */
export function VmCompareButton({ selection, total }: { selection: Selection; total: number }) {
  const [, navigate] = useLocation();
  return (
    <ActionButton
      size="sm"
      icon={IconChartLine}
      reason={whyNotCompared(selection.count(total), selection.all)}
      onClick={() => {
        navigate(comparePath([...selection.keys]));
      }}
    >
      Compare
    </ActionButton>
  );
}
