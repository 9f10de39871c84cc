import IconClockExclamation from '@tabler/icons-react/dist/esm/icons/IconClockExclamation.mjs';
import type { BulkPreview } from '../../../shared/domains/bulk/bulk-contract.ts';
import { STATE_WORDS } from '../../../shared/domains/fleet/vm-rules.ts';
import { formatCount } from '../../ui/format.ts';
import type { Preview, PreviewCount, PreviewRefusal } from '../../ui/preview-body.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { vmStateLooks } from '../fleet/vm-state.tsx';

/** So few are named one by one; more are a line with their number. */
const NAMED = 4;

type Named = BulkPreview['byHost'];

function countsOf(
  named: Named,
  of: { all: number; will: number; more: string; nobody: string },
): PreviewCount[] {
  const shown = named.reduce((sum, { count }) => sum + count, 0);
  const lines = named.map(({ id, name, count }) => ({
    key: id ?? 'nobody',
    label: id === null ? of.nobody : name,
    count,
  }));
  const others = of.all - named.filter(({ id }) => id !== null).length;
  return shown >= of.will
    ? lines
    : [
        ...lines,
        {
          key: 'rest',
          label: `${formatCount(others)} more ${of.more}`,
          count: of.will - shown,
          isRest: true,
        },
      ];
}

function refusalsOf(reasons: BulkPreview['reasons']): PreviewRefusal[] {
  return reasons
    .filter(({ kind }) => kind === 'refused')
    .flatMap(({ code, why, wayOut, count, examples }) =>
      count <= NAMED
        ? examples.map(({ vmId, name }) => ({ key: vmId, name, why, wayOut }))
        : [
            {
              key: `${code} ${why}`,
              name: `${formatCount(count)} VMs`,
              why,
              wayOut,
              examples: [
                ...examples.map(({ name, host }) => `${name} on ${host}`),
                ...(count > examples.length ? [`${formatCount(count - examples.length)} more`] : []),
              ],
            },
          ],
    );
}

/** The engine's preview as the dialog of the design system shows it. */
export function previewOf(found: BulkPreview, alreadyWords: string): Preview {
  const { will, hosts, customers } = found;
  return {
    willDo: will,
    skipped: found.skipped > 0 ? { count: found.skipped, why: `${alreadyWords}, skipped` } : undefined,
    refused: found.refused,
    refusals: refusalsOf(found.reasons),
    affected:
      customers > 0
        ? { count: customers, why: customers === 1 ? 'customer affected' : 'customers affected' }
        : undefined,
    breakdown: [
      {
        title: 'By host',
        bars: true,
        counts: countsOf(found.byHost, { all: hosts, will, more: 'hosts', nobody: '' }),
      },
      {
        title: 'By customer',
        bars: true,
        counts: countsOf(found.byCustomer, { all: customers, will, more: 'customers', nobody: 'Nobody' }),
      },
      { title: 'By state now', counts: found.byState.map(stateCount) },
    ],
  };
}

function stateCount({ state, stale, count }: BulkPreview['byState'][number]): PreviewCount {
  const word = stale ? `${STATE_WORDS[state]}, host not heard` : STATE_WORDS[state];
  const { tone, icon, size } = vmStateLooks[state];
  return {
    key: `${state} ${String(stale)}`,
    label: word,
    count,
    mark: stale ? (
      <StateLabel tone="warn" icon={IconClockExclamation} word={word} size={11} />
    ) : (
      <StateLabel tone={tone} icon={icon} word={word} {...(size === undefined ? {} : { size })} />
    ),
  };
}
