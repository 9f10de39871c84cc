import type { BillingRun } from '../../../shared/domains/runs/runs-contract.ts';
import { formatCount, formatMinor } from '../../ui/format.ts';
import { Timestamp } from '../../ui/moment.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import type { TableColumn } from '../../ui/table-column.ts';
import { runLooks } from './run-looks.ts';

const gross = (run: BillingRun): string =>
  run.totals.map(({ gross: sum }) => `${formatMinor(sum.amountMinor)} ${sum.currency}`).join(' · ');

const invoicesOf = ({ counts }: BillingRun): number => counts.ready + counts.posted - counts.credits;

export const runColumns: readonly TableColumn<BillingRun>[] = [
  {
    key: 'title',
    title: 'Billing run',
    width: 200,
    grow: true,
    fixed: true,
    cell: (run) => <span className="ik-med">{run.title}</span>,
    text: (run) => run.title,
  },
  {
    key: 'state',
    title: 'State',
    width: 140,
    cell: (run) => <StateLabel {...runLooks[run.state]} />,
    text: (run) => runLooks[run.state].word,
  },
  {
    key: 'company',
    title: 'Company',
    width: 160,
    cell: (run) => run.company,
    text: (run) => run.company,
  },
  {
    key: 'query',
    title: 'Customers',
    width: 160,
    cell: (run) =>
      run.query === '' ? <span className="ik-t3">all</span> : <span className="ik-q">{run.query}</span>,
    text: (run) => run.query,
  },
  {
    key: 'invoices',
    title: 'Invoices',
    width: 88,
    align: 'right',
    cell: (run) => formatCount(invoicesOf(run)),
    text: (run) => String(invoicesOf(run)),
  },
  {
    key: 'held',
    title: 'Held',
    width: 64,
    align: 'right',
    cell: (run) =>
      run.counts.held === 0 ? (
        <span className="ik-t3">–</span>
      ) : (
        <span className="ik-bad">{formatCount(run.counts.held)}</span>
      ),
    text: (run) => String(run.counts.held),
  },
  {
    key: 'gross',
    title: 'Gross',
    width: 220,
    align: 'right',
    hint: gross,
    cell: gross,
    text: gross,
  },
  {
    key: 'prepared',
    title: 'Prepared',
    width: 184,
    sortable: true,
    cell: (run) => (
      <span className="ik-t2">
        {run.preparedBy}, <Timestamp dated atMs={Date.parse(run.preparedAt)} />
      </span>
    ),
    text: (run) => run.preparedAt,
  },
  {
    key: 'approved',
    title: 'Approved by',
    width: 120,
    cell: (run) => (run.approvedBy === '' ? <span className="ik-t3">–</span> : run.approvedBy),
    text: (run) => run.approvedBy,
  },
];
