import { isCountedByHosts } from '../../../shared/domains/billing/meter-rules.ts';
import {
  READINGS_OF_CHARGES_MAX,
  type ChargeReadings,
} from '../../../shared/domains/billing/reading-contract.ts';
import { addDays, localDate } from '../../../shared/kernel/local-date.ts';
import { useQuery } from '../../client/use-query.ts';
import { DayBars } from '../../ui/day-bars.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatDay } from '../../ui/format.ts';
import { Skeleton } from '../../ui/skeleton.tsx';
import { exactWords } from '../billing/pool-words.ts';

/** Bars that can be told apart; a longer time is shown by its last days. */
const DAYS_DRAWN = 400;

/** What charges of usage were read from, a chart for each with its readings as a table; asked for as a line is opened, all in one. */
export function LineReadings({
  subscriptionId,
  chargeIds,
}: {
  subscriptionId: string;
  chargeIds: readonly string[];
}) {
  const asked = chargeIds.slice(0, READINGS_OF_CHARGES_MAX);
  const found = useQuery('billing.chargeReadings', { subscriptionId, chargeIds: [...asked] });
  if (!found.data)
    return found.error ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : <Skeleton rows={3} />;
  return found.data.rows
    .filter(({ days }) => days.length > 0)
    .map((row) => <Readings key={row.chargeId} of={row} />);
}

function Readings({ of }: { of: ChargeReadings }) {
  const used = amount(of.quantity);
  const included = amount(of.included);
  const perDay = of.includedPerDay;
  const isOfPool = of.measuredBy === 'daily';
  const word = isOfPool ? 'bought' : 'included';
  const days = everyDay(of);
  const firstBeyond = days.findIndex(({ beyond }) => beyond > 0);
  const isSum = of.measuredBy === 'sum';
  // When events from outside were told is said where they are.
  const isHeardKnown = isCountedByHosts(of.meter);
  const reached =
    isSum && included > 0 && firstBeyond >= 0
      ? { at: firstBeyond, words: `${exactWords(of.included)} included, used up` }
      : undefined;
  return (
    <>
      <DayBars
        title={of.meter}
        note={`per day, ${exactWords(of.quantity)} ${MEASURED[of.measuredBy]}`}
        days={days}
        {...(reached === undefined ? {} : { reached })}
        {...(perDay === null || amount(perDay) === 0
          ? {}
          : { limit: { value: amount(perDay), words: `${exactWords(perDay)} ${word}` } })}
      />
      <p className="ik-row ik-xs ik-t2 ik-tn">
        <span>
          {MEASURED_OF[of.measuredBy]} <b>{exactWords(of.quantity)}</b>
        </span>
        {included > 0 ? (
          <span>
            {isOfPool ? 'Within what was bought' : 'Included'} <b>{exactWords(of.included)}</b>
          </span>
        ) : null}
        <span>
          Billed <b>{exactWords(of.billable)}</b>
        </span>
        {isSum && included > used ? <span>Not used up</span> : null}
      </p>
      <details className="ik-xs">
        <summary>
          {of.days.length === 1 ? 'The reading' : `The ${of.days.length} readings`} of {of.meter}
        </summary>
        <table className="ik-tb">
          <thead>
            <tr>
              <th>Day</th>
              <th className="ik-num">Read</th>
              <th className="ik-num">Beyond</th>
              {isHeardKnown ? <th>Heard</th> : null}
            </tr>
          </thead>
          <tbody>
            {of.days.map((day) => (
              <tr key={day.day}>
                <td className="ik-tn">{formatDay(day.day)}</td>
                <td className="ik-num">{exactWords(day.quantity)}</td>
                <td className="ik-num">{amount(day.beyond) === 0 ? '–' : exactWords(day.beyond)}</td>
                {isHeardKnown ? (
                  <td>{day.heardOn === null ? 'that day' : `late, on ${formatDay(day.heardOn)}`}</td>
                ) : null}
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </>
  );
}

const MEASURED: Readonly<Record<ChargeReadings['measuredBy'], string>> = {
  sum: 'in all',
  daily: 'in all',
  peak: 'at the highest',
  last: 'at the end',
};
const MEASURED_OF: Readonly<Record<ChargeReadings['measuredBy'], string>> = {
  sum: 'Read',
  daily: 'Read',
  peak: 'Highest',
  last: 'Last',
};

/** Days without a reading too, from the first day charged for, or read, to the last. */
function everyDay(of: ChargeReadings) {
  const read = new Map(of.days.map((day) => [day.day, day]));
  const [firstRead = of.start, lastRead = of.start] = [of.days[0]?.day, of.days.at(-1)?.day];
  const last = addDays(localDate(of.endExclusive), -1);
  const to = lastRead > last ? localDate(lastRead) : last;
  const from = firstRead < of.start ? localDate(firstRead) : localDate(of.start);
  const days: { day: string; value: number; beyond: number; words: string }[] = [];
  for (let day = to; day >= from && days.length < DAYS_DRAWN; day = addDays(day, -1)) {
    const found = read.get(day);
    const beyond = amount(found?.beyond ?? '0');
    const words = exactWords(found?.quantity ?? '0');
    days.push({
      day,
      value: amount(found?.quantity ?? '0'),
      beyond,
      words: beyond > 0 ? `${words}, ${exactWords(found?.beyond ?? '0')} beyond` : words,
    });
  }
  return days.toReversed();
}

function amount(text: string): number {
  const [numerator = '0', denominator = '1'] = text.split('/');
  return Number(numerator) / Number(denominator);
}
