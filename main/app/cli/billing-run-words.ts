import type { OutputOf } from '../../../shared/contract/operation.ts';
import { FINDINGS } from '../../../shared/domains/runs/run-rules.ts';
import type { BillingRunDetail, RunRow, runsContract } from '../../../shared/domains/runs/runs-contract.ts';
import { moneyFromWire, moneyToDecimalText, type MoneyWire } from '../../../shared/kernel/money.ts';
import { textTable, type TextColumn } from './text-table.ts';

type Rows = OutputOf<typeof runsContract.runRows>;

const plain = (money: MoneyWire | null): string =>
  money === null ? '' : moneyToDecimalText(moneyFromWire(money));

type Total = BillingRunDetail['totals'][number];
const CURRENCY: TextColumn<Total> = { title: 'Currency', text: ({ currency }) => currency };
const INVOICES: TextColumn<Total> = {
  title: 'Invoices',
  align: 'right',
  text: ({ invoices }) => String(invoices),
};
/** Where a run has credit notes: how many, and the gross of either; what follows is of both together. */
const BOTH: readonly TextColumn<Total>[] = [
  { title: 'Invoiced', align: 'right', text: ({ invoiced }) => plain(invoiced) },
  { title: 'Credit notes', align: 'right', text: ({ credits }) => String(credits) },
  { title: 'Credited', align: 'right', text: ({ credited }) => plain(credited) },
];
const SUMS: readonly TextColumn<Total>[] = [
  { title: 'Net', align: 'right', text: ({ net }) => plain(net) },
  { title: 'VAT', align: 'right', text: ({ vat }) => plain(vat) },
  { title: 'Gross', align: 'right', text: ({ gross }) => plain(gross) },
  { title: 'Before', align: 'right', text: ({ before }) => plain(before) },
];

function totalsText(run: BillingRunDetail): string {
  const both = run.counts.credits === 0 ? [] : BOTH;
  return textTable([CURRENCY, INVOICES, ...both, ...SUMS], run.totals);
}

const ROWS: readonly TextColumn<RunRow>[] = [
  { title: 'Customer', text: ({ customerNumber, customer }) => `${customerNumber} ${customer}` },
  { title: 'Currency', text: ({ currency }) => currency },
  { title: 'Before', align: 'right', text: ({ before }) => plain(before) },
  { title: 'Now', align: 'right', text: ({ now }) => plain(now) },
  { title: 'Change', align: 'right', text: ({ change }) => plain(change) },
  { title: '%', align: 'right', text: ({ changePercent }) => changePercent?.toFixed(1) ?? '' },
  { title: 'State', text: ({ state, decision }) => (decision === 'accepted' ? decision : state) },
  { title: 'Anomaly', text: ({ severity }) => (severity === 'none' ? '' : severity) },
  { title: 'Why', text: ({ why, number }) => [number, why].filter(Boolean).join(' ') },
];

/** What a run is, comes to and waits for. */
export function runText(run: BillingRunDetail): string {
  const { counts } = run;
  const lines = [
    `${run.id}  ${run.title}, ${run.company}: ${run.state}`,
    ...(run.stateReason === '' ? [] : [run.stateReason]),
    `prepared by ${run.preparedBy}${run.approvedBy === '' ? '' : `, approved by ${run.approvedBy}`}`,
    `${counts.total} rows: ${counts.ready} ready, ${counts.posted} posted, ${counts.held} held, ${counts.leftOut} left out, ${counts.nothing} with nothing to invoice`,
    '',
    totalsText(run),
  ];
  if (run.findings.length > 0)
    lines.push(
      '',
      ...run.findings.map(
        ({ finding, count }) => `${FINDINGS[finding].words}: ${count} (finding:${finding})`,
      ),
    );
  if (run.held.length > 0)
    lines.push('', ...run.held.map(({ count, example }) => `held ${count}: ${example}`));
  return [...lines, ...nextOf(run)].join('\n');
}

function nextOf(run: BillingRunDetail): string[] {
  if (run.state !== 'ready') return [];
  const { undecided, counts, id, digest } = run;
  return [
    '',
    ...(run.dating.against === null ? [] : [run.dating.against]),
    ...(undecided > 0 ? [`${undecided} to decide: finding severity:high decision:open`] : []),
    `innkeeper billing run approve ${id} --digest ${digest} --count ${counts.ready}`,
  ];
}

/** Rows of a run as a table, and how many are not shown. */
export function rowsText({ rows, total }: Rows): string {
  const more = total - rows.length;
  return [textTable(ROWS, rows), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

/** What came of a run that is posted. */
export function reportText(run: BillingRunDetail): string {
  const { report } = run;
  if (report === null) return runText(run);
  return [
    `${run.id}  ${run.title}, ${run.company}: ${postedText(run, report)}`,
    `approved by ${run.approvedBy}${run.approvalNote === '' ? '' : `: ${run.approvalNote}`}`,
    `${report.toDeliver} messages wait in the outbox; ${report.withoutAddress} customers have no e-mail address`,
    `SHA-256 over all documents: ${report.hash}`,
    '',
    totalsText(run),
  ].join('\n');
}

/** `5,000 invoices of 2026-11-01, FV/1 to FV/5000, and 2 credit notes, KOR/1 to KOR/2`. */
function postedText(run: BillingRunDetail, report: NonNullable<BillingRunDetail['report']>): string {
  const { credits, firstNumber, lastNumber } = report;
  const invoices = run.counts.posted - (credits?.count ?? 0);
  const numbers = invoices === 0 ? '' : `, ${firstNumber} to ${lastNumber}`;
  const also =
    credits === null ? '' : `, and ${credits.count} credit notes, ${credits.first} to ${credits.last}`;
  return `${invoices} invoices of ${run.issuedOn ?? ''}${numbers}${also}`;
}

/** `1,250 of 5,000, about 12 s left`. */
export function progressText({ progress }: BillingRunDetail): string {
  const { done, total, secondsLeft } = progress;
  const left = secondsLeft === null ? '' : `, about ${secondsLeft} s left`;
  return `${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}${left}`;
}
