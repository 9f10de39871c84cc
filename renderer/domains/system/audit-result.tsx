import IconBan from '@tabler/icons-react/dist/esm/icons/IconBan.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconCircleX from '@tabler/icons-react/dist/esm/icons/IconCircleX.mjs';
import IconLoader2 from '@tabler/icons-react/dist/esm/icons/IconLoader2.mjs';
import type { AuditRow } from '../../../shared/domains/system/system-contract.ts';
import { StateLabel } from '../../ui/state-label.tsx';

/** How an audited command ended: done, begun, failed, or refused with its code. */
export function AuditResult({ row }: { row: AuditRow }) {
  if (row.phase === 'begun') return <StateLabel tone="acc" icon={IconLoader2} word="begun" />;
  if (row.result === 'done') return <StateLabel tone="ok" icon={IconCircleCheck} word="done" />;
  if (row.result === 'failed') return <StateLabel strong tone="bad" icon={IconCircleX} word="failed" />;
  return <StateLabel tone="warn" icon={IconBan} word={`refused: ${row.result.replaceAll('-', ' ')}`} />;
}
