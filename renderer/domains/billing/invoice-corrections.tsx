import { useState } from 'react';
import IconCash from '@tabler/icons-react/dist/esm/icons/IconCash.mjs';
import { Link } from 'wouter';
import IconReceiptRefund from '@tabler/icons-react/dist/esm/icons/IconReceiptRefund.mjs';
import IconRepeat from '@tabler/icons-react/dist/esm/icons/IconRepeat.mjs';
import IconReceiptOff from '@tabler/icons-react/dist/esm/icons/IconReceiptOff.mjs';
import type { InvoiceDetail } from '../../../shared/domains/billing/invoice-contract.ts';
import type { AccountEntryKind } from '../../../shared/domains/billing/ledger-rules.ts';
import { useMay } from '../../client/use-may.ts';
import { ActionButton } from '../../ui/button.tsx';
import { MoneyText } from '../../ui/figures.tsx';
import { formatDay } from '../../ui/format.ts';
import { PaymentRecordDialog } from '../payments/payment-record-dialog.tsx';
import { AdvanceCreditDialog } from './advance-credit-dialog.tsx';
import { BillAgainDialog } from './bill-again-dialog.tsx';
import { CreditDialog } from './credit-dialog.tsx';
import { EntryCells } from './entry-cells.tsx';
import { WriteOffDialog } from './write-off-dialog.tsx';

const KINDS: Readonly<Record<AccountEntryKind, string>> = {
  invoice: 'Invoiced',
  'credit-note': 'Credited',
  'write-off': 'Written off',
  payment: 'Paid',
  refund: 'Refund',
  exchange: 'Paid, exchanged',
};

/** What takes an invoice back: a credit note, and giving up what is left. Nothing for a credit note. */
export function CorrectionButtons({ invoice }: { invoice: InvoiceDetail }) {
  const may = useMay('billing.write');
  const [shown, setShown] = useState<'credit' | 'write-off' | 'again' | 'payment' | null>(null);
  const close = (): void => {
    setShown(null);
  };
  if (invoice.advance) {
    const { advance } = invoice;
    return (
      <>
        <ActionButton
          icon={IconReceiptRefund}
          reason={may ?? (invoice.state === 'advance' ? null : 'Nothing of it is left.')}
          onClick={() => {
            setShown('credit');
          }}
        >
          Credit…
        </ActionButton>
        {shown === 'credit' ? (
          <AdvanceCreditDialog invoice={invoice} advance={advance} onClose={close} />
        ) : null}
      </>
    );
  }
  if (invoice.type !== 'invoice') return null;
  const isOpen = BigInt(invoice.open.amountMinor) > 0n;
  return (
    <>
      <ActionButton
        icon={IconCash}
        reason={may ?? (isOpen ? null : 'Nothing of it is open.')}
        onClick={() => {
          setShown('payment');
        }}
      >
        Paid…
      </ActionButton>
      <ActionButton
        icon={IconReceiptRefund}
        reason={may ?? (invoice.state === 'credited' ? 'It is credited in full already.' : null)}
        onClick={() => {
          setShown('credit');
        }}
      >
        Credit…
      </ActionButton>
      <ActionButton
        icon={IconReceiptOff}
        reason={may ?? (isOpen ? null : 'Nothing of it is open.')}
        onClick={() => {
          setShown('write-off');
        }}
      >
        Write off…
      </ActionButton>
      {invoice.state === 'credited' ? (
        <ActionButton
          icon={IconRepeat}
          reason={
            may ??
            (invoice.billedAgainBy === null
              ? null
              : `It was billed again already, by ${formatDay(invoice.billedAgainBy)}.`)
          }
          onClick={() => {
            setShown('again');
          }}
        >
          Bill again…
        </ActionButton>
      ) : null}
      {shown === 'again' ? <BillAgainDialog invoice={invoice} onClose={close} /> : null}
      {shown === 'credit' ? <CreditDialog invoice={invoice} onClose={close} /> : null}
      {shown === 'payment' ? <PaymentRecordDialog invoice={invoice} onClose={close} /> : null}
      {shown === 'write-off' ? <WriteOffDialog invoice={invoice} onClose={close} /> : null}
    </>
  );
}

/** Every entry that moved what is open of an invoice; of a credit note the invoice it takes from, and why. */
export function InvoiceHistory({ invoice }: { invoice: InvoiceDetail }) {
  if (invoice.corrects) {
    return (
      <p className="ik-sm">
        Takes from{' '}
        <Link href={`/invoices/${invoice.corrects.invoiceId}`} className="ik-link">
          {invoice.corrects.number}
        </Link>{' '}
        of {formatDay(invoice.corrects.issuedOn)}: {invoice.reason}
      </p>
    );
  }
  return (
    <table className="ik-tb">
      <colgroup>
        <col style={{ width: 92 }} />
        <col style={{ width: 92 }} />
        <col />
        <col style={{ width: 104 }} />
      </colgroup>
      <thead>
        <tr>
          <th>Booked</th>
          <th>What</th>
          <th>By</th>
          <th className="ik-num">Amount</th>
        </tr>
      </thead>
      <tbody>
        {invoice.history.map((entry, at) => (
          <tr key={at}>
            <EntryCells {...entry} what={KINDS[entry.kind]} />
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <td colSpan={3}>Open, {invoice.open.currency}</td>
          <td className="ik-num ik-strong">
            <MoneyText money={invoice.open} withoutCurrency />
          </td>
        </tr>
      </tfoot>
    </table>
  );
}
