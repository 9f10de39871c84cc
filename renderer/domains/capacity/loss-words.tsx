import IconAlertTriangle from '@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconCircleX from '@tabler/icons-react/dist/esm/icons/IconCircleX.mjs';
import IconInfoCircle from '@tabler/icons-react/dist/esm/icons/IconInfoCircle.mjs';
import type { Growth, HostLossRow } from '../../../shared/domains/capacity/capacity-contract.ts';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { formatCount } from '../../ui/format.ts';
import { StateLabel } from '../../ui/state-label.tsx';

type Loss = Pick<HostLossRow, 'verdict' | 'unplaced' | 'spareMemoryBytes'>;

/** What the loss of a host means for the rest of its cluster. */
export function LossLabel({ loss }: { loss: Loss | null }) {
  if (loss === null) return <StateLabel tone="idle" icon={IconInfoCircle} word="No other host" />;
  switch (loss.verdict) {
    case 'fails':
      return (
        <StateLabel
          strong
          tone="bad"
          icon={IconCircleX}
          // VMs, not memory: what is short may be disk, vCPUs, or a host with a label.
          word={`Fails, ${formatCount(loss.unplaced)} ${loss.unplaced === 1 ? 'VM' : 'VMs'} left over`}
        />
      );
    case 'tight':
      return (
        <StateLabel
          strong
          tone="warn"
          icon={IconAlertTriangle}
          word={`Tight, ${formatBytes(loss.spareMemoryBytes)} spare`}
        />
      );
    case 'holds':
      return (
        <StateLabel
          tone="ok"
          icon={IconCircleCheck}
          word={`Holds, ${formatBytes(loss.spareMemoryBytes)} spare`}
        />
      );
  }
}

const RESOURCES = { memory: 'memory', cpu: 'vCPUs', disk: 'disk' } as const;
const SOON_DAYS = 30;

/** `47 d (memory)`, or why nothing is said. */
export function fullWords(growth: Growth): { words: string; title: string; isSoon: boolean } {
  if (growth.daysKnown < 7)
    return {
      words: '–',
      title: `Said once seven days are on record; ${growth.daysKnown} ${growth.daysKnown === 1 ? 'is' : 'are'}.`,
      isSoon: false,
    };
  if (growth.days === null || growth.resource === null)
    return {
      words: 'not in sight',
      title: 'Nothing grows that would be used up in ten years.',
      isSoon: false,
    };
  const resource = RESOURCES[growth.resource];
  const perDay =
    growth.resource === 'cpu' ? `${growth.perDay.toFixed(1)} vCPUs` : formatBytes(Math.round(growth.perDay));
  return {
    words: growth.days === 0 ? `full (${resource})` : `${formatCount(growth.days)} d (${resource})`,
    title: `By ${perDay} a day, the median of the last ${growth.daysKnown} days on record.`,
    isSoon: growth.days <= SOON_DAYS,
  };
}

export function FullIn({ growth }: { growth: Growth }) {
  const { words, title, isSoon } = fullWords(growth);
  return (
    <span className={isSoon ? 'ik-warn' : growth.days === null ? 'ik-t3' : undefined} title={title}>
      {words}
    </span>
  );
}
