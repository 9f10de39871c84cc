import type { ReactNode } from 'react';
import type { BillingRunDetail } from '../../../shared/domains/runs/runs-contract.ts';
import { MoneyText } from '../../ui/figures.tsx';
import { formatCount } from '../../ui/format.ts';
import { Panel } from '../../ui/panel.tsx';
import { percentText } from './run-figures.tsx';
import { sidesOf } from './run-words.ts';

/** For the eye only: a float is good enough for a per cent. */
function changeOf(now: string, before: string): number | null {
  return Number(before) === 0 ? null : ((Number(now) - Number(before)) / Math.abs(Number(before))) * 100;
}

type Total = BillingRunDetail['totals'][number];

interface Column {
  readonly title: string;
  /** In pixels; absent: an equal part of the rest. */
  readonly width?: number;
  /** Which have room: `some` not in a very narrow list, `few` not in a narrow one that says credit notes, too (runs.css). */
  readonly room?: 'some' | 'few';
  readonly className?: string;
  readonly cell: (total: Total) => ReactNode;
}

function Change({ total }: { total: Total }) {
  const change = changeOf(total.gross.amountMinor, total.before.amountMinor);
  if (change === null) return <span className="ik-t3">–</span>;
  return (
    <>
      {percentText(change)} <span className="ik-u">%</span>
    </>
  );
}

const amount = (what: 'credited' | 'net' | 'vat' | 'gross' | 'before') => (total: Total) => (
  <MoneyText money={total[what]} withoutCurrency />
);

const CREDITS: readonly Column[] = [
  { title: 'Credit notes', width: 88, room: 'few', cell: ({ credits }) => formatCount(credits) },
  {
    title: 'Credited',
    room: 'some',
    cell: (total) => (
      <span className={total.credits === 0 ? undefined : 'ik-bad'}>{amount('credited')(total)}</span>
    ),
  },
];

const columnsOf = (hasCredits: boolean, before: string): readonly Column[] => [
  { title: 'Invoices', width: 68, cell: ({ invoices }) => formatCount(invoices) },
  ...(hasCredits ? CREDITS : []),
  { title: 'Net', room: 'few', cell: amount('net') },
  { title: 'VAT', room: 'few', cell: amount('vat') },
  { title: 'Gross', className: 'ik-strong', cell: amount('gross') },
  { title: before, room: 'some', className: 'ik-t2', cell: amount('before') },
  { title: 'Change', width: 80, cell: (total) => <Change total={total} /> },
];

/** What would be posted, or was, by currency: invoices less credit notes where there are some; beside what those customers were invoiced the last time. */
export function RunTotals({ run }: { run: BillingRunDetail }) {
  if (run.totals.length === 0) return null;
  const sides = sidesOf(run);
  const hasCredits = run.totals.some(({ credits }) => credits > 0);
  const columns = columnsOf(hasCredits, sides.isMonth ? `${sides.before} gross` : 'Gross before');
  return (
    <Panel>
      <table className="ik-tb" aria-label="Totals by currency" data-credits={hasCredits || undefined}>
        <colgroup>
          <col style={{ width: 128 }} />
          {columns.map(({ title, width, room }) => (
            <col key={title} data-room={room} {...(width !== undefined && { style: { width } })} />
          ))}
        </colgroup>
        <thead>
          <tr>
            <th>Totals by currency</th>
            {columns.map(({ title, room }) => (
              <th key={title} className="ik-num" data-room={room}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {run.totals.map((total) => (
            <tr key={total.currency}>
              <td className="ik-med">{total.currency}</td>
              {columns.map(({ title, room, className, cell }) => (
                <td key={title} className={['ik-num', className].filter(Boolean).join(' ')} data-room={room}>
                  {cell(total)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
