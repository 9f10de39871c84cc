import { Link } from 'wouter';
import type { MoneyWire } from '../../../shared/kernel/money.ts';
import { MoneyText } from '../../ui/figures.tsx';
import { formatDay } from '../../ui/format.ts';

/** An entry of the ledger in a table: when, what, by which document, how much. */
export function EntryCells(props: {
  bookedOn: string;
  what: string;
  words: string;
  /** The invoice or credit note it is of. */
  documentId: string | null | undefined;
  amount: MoneyWire;
}) {
  const { bookedOn, what, words, documentId, amount } = props;
  return (
    <>
      <td className="ik-tn">{formatDay(bookedOn)}</td>
      <td>{what}</td>
      <td title={words}>
        {documentId ? (
          <Link href={`/invoices/${documentId}`} className="ik-link">
            {words}
          </Link>
        ) : (
          words
        )}
      </td>
      <td className="ik-num">
        <MoneyText money={amount} withoutCurrency />
      </td>
    </>
  );
}
