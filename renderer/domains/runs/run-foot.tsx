import type { BillingRunDetail } from '../../../shared/domains/runs/runs-contract.ts';
import { formatCount, formatDay } from '../../ui/format.ts';
import type { Sort } from '../../ui/table-column.ts';
import { documentsWords } from './run-words.ts';

type Compared = BillingRunDetail['compared'];

/** `by severity, then by change in EUR`. */
function orderWords(
  { key, direction }: Sort,
  compared: Compared,
  sides: { now: string; before: string },
): string {
  const inOwn = compared === null ? '' : ` in ${compared.currency}`;
  const words: Readonly<Record<string, string>> = {
    severity: `severity, then by change${inOwn}`,
    change: `change${inOwn}`,
    percent: 'change in per cent',
    now: `${sides.now}${inOwn}`,
    before: `${sides.before}${inOwn}`,
    customer: 'customer',
  };
  const isUsual = direction === (key === 'customer' ? 'asc' : 'desc');
  return `by ${words[key] ?? key}${isUsual ? '' : ', the other way round'}`;
}

/** `at the rates of 31 Aug 2026: 1 EUR = 4.2650 PLN, 1 EUR = 24.950 CZK`; of each day apart. */
function ratesWords(rates: NonNullable<Compared>['rates']): string {
  return [...Map.groupBy(rates, ({ day }) => day)]
    .map(([day, ofDay]) => {
      const said = ofDay.map((quote) => `1 ${quote.of} = ${quote.rate} ${quote.in}`);
      return `${formatDay(day)}: ${said.join(', ')}`;
    })
    .join('; ');
}

function comparedWords(compared: NonNullable<Compared>): string {
  const { rates, without } = compared;
  return [
    'Gross.',
    ...(rates.length === 0 ? [] : [`Order and bars compare at the rates of ${ratesWords(rates)}.`]),
    ...(without.length === 0
      ? []
      : [
          `No rate of ${without.join(', ')} is known: such rows come last, have no bar and are over no amount.`,
        ]),
  ].join(' ');
}

/** Under the rows: how many of how many, in which order, and at which rates those of other currencies stand among them. */
export function RunFoot(props: {
  run: BillingRunDetail;
  shown: number;
  sort: Sort;
  sides: { now: string; before: string };
}) {
  const { run, shown, sort, sides } = props;
  const rates = run.compared === null ? '' : comparedWords(run.compared);
  return (
    <div className="ik-pf ik-run-foot">
      <span>
        {shown === run.counts.total ? '' : `${formatCount(shown)} of `}
        {formatCount(run.counts.total)}
        {run.counts.credits === 0
          ? ''
          : `, ${documentsWords(run.counts.ready + run.counts.posted, run.counts.credits)}`}
        , {orderWords(sort, run.compared, sides)}
      </span>
      {rates === '' ? null : <span className="ik-run-rates">{rates}</span>}
    </div>
  );
}
