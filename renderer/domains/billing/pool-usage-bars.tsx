import { useState } from 'react';
import type { PoolDay, PoolPart } from '../../../shared/domains/billing/pool-contract.ts';
import { addMonths, firstOfMonth, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { useQuery } from '../../client/use-query.ts';
import { Segments } from '../../ui/chips.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatDated, formatDay } from '../../ui/format.ts';
import { Bar } from '../../ui/progress-bar.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { exactWords } from './pool-words.ts';

const MONTHS = [
  { value: 'this', label: 'This month' },
  { value: 'last', label: 'Last month' },
] as const;
const MEMBERS_SHOWN = 10;

/** Of each pooled meter what was bought, used at the highest and beyond, on the days of a month that are closed. */
export function PoolUsageBars({ subscriptionId, today }: { subscriptionId: string; today: LocalDate }) {
  const [month, setMonth] = useState<'this' | 'last'>('this');
  const start = addMonths(firstOfMonth(today), month === 'this' ? 0 : -1);
  const found = useQuery(
    'billing.poolUsage',
    { subscriptionId, start, endExclusive: addMonths(start, 1) },
    { topics: ['billing-day', 'subscription'] },
  );
  if (!found.data)
    return found.error ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : <Skeleton rows={2} />;
  return (
    <div className="ik-pool">
      <Segments
        label="Month"
        value={month}
        options={[...MONTHS]}
        onChange={(value) => {
          setMonth(value === 'last' ? 'last' : 'this');
        }}
      />
      {found.data.parts.map((part) => (
        <PartUsage key={part.component} part={part} />
      ))}
    </div>
  );
}

const number = (text: string): number => {
  const [numerator = '0', denominator = '1'] = text.split('/');
  return Number(numerator) / Number(denominator);
};

function PartUsage({ part }: { part: PoolPart }) {
  const { highest } = part;
  const isSum = part.measuredBy === 'sum';
  const used = isSum
    ? part.days.reduce((sum, day) => sum + number(day.quantity), 0)
    : number(highest?.quantity ?? '0');
  const bought = number(part.bought);
  const isBeyond = used > bought;
  const usedWords = isSum ? exactWords(String(used)) : exactWords(highest?.quantity ?? '0');
  const share = bought === 0 ? Number(used > 0) : used / bought;
  return (
    <div className="ik-pool-part">
      <div className="ik-row ik-sm">
        <span className="ik-strong">{part.component}</span>
        <span className="ik-t3">{part.meter}</span>
        <span className="ik-end ik-tn">
          {usedWords} {isSum ? 'used' : 'at the highest'}, {exactWords(part.bought)} bought
        </span>
      </div>
      <Bar
        share={share}
        tone={isBeyond ? 'warn' : 'ok'}
        label={`${part.component}: ${usedWords} of ${exactWords(part.bought)} bought`}
        width="100%"
      />
      <p className="ik-xs ik-t2">{beyondWords(part, highest)}</p>
      {highest === null || highest.members.length === 0 ? null : <Members day={highest} />}
    </div>
  );
}

function beyondWords(part: PoolPart, highest: PoolDay | null): string {
  if (highest === null) return 'Nothing was used on the days that are closed.';
  const when =
    highest.hour === null
      ? `The highest day was ${formatDay(highest.day)}.`
      : `The highest hour was ${formatDated(Date.parse(highest.hour))}.`;
  if (part.measuredBy === 'daily' && part.daysBeyond > 0)
    return `${when} Beyond on ${part.daysBeyond} ${part.daysBeyond === 1 ? 'day' : 'days'}, ${exactWords(part.beyond)} in all: each is overage.`;
  if (part.measuredBy === 'peak' && part.daysBeyond > 0)
    return `${when} ${exactWords(highest.beyond)} beyond: overage of the period that day is in.`;
  return part.measuredBy === 'sum' ? when : `${when} Never beyond what was bought.`;
}

/** Those who made the highest day, at its hour where it has one. */
function Members({ day }: { day: PoolDay }) {
  const all = day.members.length + day.others;
  const left = all - Math.min(day.members.length, MEMBERS_SHOWN);
  return (
    <details className="ik-xs">
      <summary>{all === 1 ? 'The VM that used it' : `The ${all} VMs that used it`}</summary>
      <table className="ik-tb">
        <thead>
          <tr>
            <th>VM</th>
            <th className="ik-num">Used</th>
          </tr>
        </thead>
        <tbody>
          {day.members.slice(0, MEMBERS_SHOWN).map((member) => (
            <tr key={member.vmId}>
              <td className="ik-el" title={member.vm}>
                {member.vm}
              </td>
              <td className="ik-num">{exactWords(member.quantity)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {left > 0 ? <p className="ik-t3">and {left} more that used less</p> : null}
    </details>
  );
}
