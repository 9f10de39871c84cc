import { addDays, localDate } from '../../../shared/kernel/local-date.ts';
import type { InputOf, ResultOf } from '../../client/operation-types.ts';
import { useQuery } from '../../client/use-query.ts';
import { formatDay, formatMinor } from '../../ui/format.ts';
import { Note } from '../../ui/note.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';

type Preview = ResultOf<'billing.subscriptionPreview'>;
type Line = Preview['lines'][number];

function days({ start, endExclusive }: Line): string {
  if (endExclusive <= start) return formatDay(start);
  return `${formatDay(start)} – ${formatDay(addDays(localDate(endExclusive), -1))}`;
}

const REASONS: Readonly<Record<string, string>> = {
  service: 'charged',
  repair: 'credited',
  'set-up': 'set-up',
};

function Row({ line, isLeftOut }: { line: Line; isLeftOut: boolean }) {
  const signed = (money: Line['net']): string => {
    const minor = BigInt(money.amountMinor);
    return formatMinor(isLeftOut ? -minor : minor);
  };
  return (
    <tr>
      <td title={`${line.plan}: ${line.component}`}>
        {line.plan}: {line.component}
      </td>
      <td className="ik-t2">{isLeftOut ? 'not charged' : (REASONS[line.reason] ?? line.reason)}</td>
      <td className="ik-t2 ik-tn">{days(line)}</td>
      <td className="ik-num">
        {line.hasVat ? <span className="ik-u">{signed(line.amount)} with VAT, net </span> : null}
        {signed(line.net)}
      </td>
    </tr>
  );
}

/** Until its day is over nothing moves: it can be taken back. */
function whenWords({ on, until }: Preview): string {
  return on < until
    ? 'This is charged and credited when its day, and those after it until today, are charged'
    : 'This is charged and credited when that day is over, and nothing before';
}

function Shown({ preview }: { preview: Preview }) {
  const { lines, instead, difference } = preview;
  const hasVat = [...lines, ...instead].some((line) => line.hasVat);
  const isNothing = lines.length + instead.length === 0;
  return (
    <>
      <p className="ik-sm">
        Takes effect on <b>{formatDay(preview.on)}</b>
        {isNothing ? '; nothing is charged or credited by the end of that day.' : `. ${whenWords(preview)}:`}
      </p>
      {isNothing ? null : (
        <table className="ik-tb">
          <colgroup>
            <col />
            <col style={{ width: 84 }} />
            <col style={{ width: 190 }} />
            <col style={{ width: hasVat ? 190 : 110 }} />
          </colgroup>
          <thead>
            <tr>
              <th>What</th>
              <th>Is</th>
              <th>For</th>
              <th className="ik-num">Net, {difference.currency}</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <Row
                key={`${line.reason} ${line.component} ${line.start} ${line.plan}`}
                line={line}
                isLeftOut={false}
              />
            ))}
            {instead.map((line) => (
              <Row key={`not ${line.component} ${line.start} ${line.plan}`} line={line} isLeftOut />
            ))}
            <tr>
              <td className="ik-strong" colSpan={3}>
                Difference, net
              </td>
              <td className="ik-num ik-strong">{formatMinor(difference.amountMinor)}</td>
            </tr>
          </tbody>
        </table>
      )}
    </>
  );
}

/** What a change would charge and take back, by the rule that charges it; null input: not all of it is said yet. */
export function ChangePreview({ input }: { input: InputOf<'billing.subscriptionPreview'> | null }) {
  const preview = useQuery('billing.subscriptionPreview', input, {
    topics: ['subscription', 'billing-day', 'plan'],
  });
  if (input === null) return <p className="ik-none">What it comes to stands here once all is said.</p>;
  if (preview.error) return <Note tone="warn">{preview.error.sentence}</Note>;
  return (
    <div aria-live="polite" style={{ marginTop: 12 }}>
      {preview.data ? <Shown preview={preview.data} /> : <Skeleton rows={3} />}
    </div>
  );
}
