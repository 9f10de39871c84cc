import { useState } from 'react';
import { Link } from 'wouter';
import IconFileInvoice from '@tabler/icons-react/dist/esm/icons/IconFileInvoice.mjs';
import IconCashOff from '@tabler/icons-react/dist/esm/icons/IconCashOff.mjs';
import IconArrowBackUp from '@tabler/icons-react/dist/esm/icons/IconArrowBackUp.mjs';
import type { PaymentDetail as Payment } from '../../../shared/domains/payments/payments-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import type { DetailStep } from '../../ui/detail-step.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { MoneyText } from '../../ui/figures.tsx';
import { formatDay } from '../../ui/format.ts';
import { TextField } from '../../ui/form-field.tsx';
import { KeyValues } from '../../ui/key-values.tsx';
import { Timestamp } from '../../ui/moment.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { DetailBody, DetailHead } from '../../ui/split-view.tsx';
import { Badge } from '../../ui/state-label.tsx';
import { toast } from '../../ui/toast.ts';
import { ReceiptButton } from '../documents/receipt-button.tsx';
import { AdvanceIssueDialog } from './advance-issue-dialog.tsx';
import { PaymentAdvances } from './payment-advances.tsx';
import { AllocatePanel } from './payment-allocate.tsx';
import { paymentState } from './payment-columns.tsx';
import { PaymentRefundDialog } from './payment-refund-dialog.tsx';
import { PaymentRefunds } from './payment-refunds.tsx';

function ReverseDialog({ payment, onClose }: { payment: Payment; onClose: () => void }) {
  const environment = useEnvironmentName();
  const reverse = useCommand('payments.paymentReverse');
  const [reason, setReason] = useState('');
  const confirm = async (): Promise<void> => {
    if (!(await reverse.run({ paymentId: payment.id, reason: reason.trim() }))) return;
    toast('ok', 'Taken back', `${payment.reference}: what it had settled is open again`);
    onClose();
  };
  return (
    <ConfirmDialog
      title={`Take ${payment.reference} back`}
      environment={environment}
      action="Take it back"
      width={480}
      off={reason.trim().length < 3 ? 'Write why: it stands in the ledger' : null}
      busy={reverse.pending}
      problem={reverse.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p className="ik-sm">
        Each of its entries is reversed by one of today. The payment stays in the list, and its reference
        cannot be used again.
      </p>
      <TextField
        label="Reason"
        required
        value={reason}
        maxLength={300}
        onChange={(event) => {
          setReason(event.currentTarget.value);
        }}
      />
    </ConfirmDialog>
  );
}

function Allocations({ payment }: { payment: Payment }) {
  // What it paid ahead stands on the invoices that settled its advance invoices.
  const rows = [
    ...payment.allocations.map(({ standing: _left, ...each }) => ({ ...each, by: null })),
    ...payment.advances.flatMap(({ number: by, settledBy }) =>
      settledBy.map(({ issuedOn, standing: _left, ...each }) => ({
        ...each,
        bookedOn: issuedOn,
        by: `by ${by}`,
      })),
    ),
    ...payment.releases.map(({ creditNote, amount, ...each }) => ({
      ...each,
      amount: { ...amount, amountMinor: `-${amount.amountMinor}` },
      by: `free again by ${creditNote}`,
    })),
  ];
  if (rows.length === 0) return <p className="ik-none">It stands on no invoice yet.</p>;
  return (
    <table className="ik-tb">
      <thead>
        <tr>
          <th>Invoice</th>
          <th>Booked</th>
          <th className="ik-num">Amount</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((each, at) => (
          <tr key={at}>
            <td>
              <Link href={`/invoices/${each.invoiceId}`} className="ik-link">
                {each.number}
              </Link>
              {each.by === null ? null : (
                <span className="ik-sm ik-t3" style={{ display: 'block' }}>
                  {each.by}
                </span>
              )}
            </td>
            <td className="ik-tn">{formatDay(each.bookedOn)}</td>
            <td className="ik-num">
              <MoneyText money={each.amount} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function whyNoRefund(payment: Payment): string | null {
  if (payment.reversal) return 'It was taken back: nothing of it is here to be paid back.';
  return payment.state === 'unallocated'
    ? null
    : 'Nothing of it is left: credit an invoice first, and what is beyond the rest of it is free.';
}

function whyNoAdvance(payment: Payment): string | null {
  if (payment.reversal) return 'It was taken back: no advance invoice is issued for it.';
  return payment.state === 'unallocated' ? null : 'All of it stands on invoices already.';
}

/** One payment: what it settles, what is left of it, and how it is taken back. */
export function PaymentDetail(props: { paymentId: string; onClose?: () => void; step?: DetailStep }) {
  const { paymentId, onClose, step } = props;
  const answer = useQuery('payments.paymentGet', { paymentId }, { topics: ['payment', 'invoice'] });
  const may = useMay('billing.write');
  const [asked, setAsked] = useState<'reverse' | 'advance' | 'refund' | null>(null);
  const close = (): void => {
    setAsked(null);
  };
  const payment = answer.data;
  if (!payment) {
    return answer.error ? (
      <ErrorPanel title="The payment could not be read" error={answer.error} onRetry={answer.refetch} />
    ) : (
      <Skeleton rows={8} />
    );
  }
  const state = paymentState(payment);
  return (
    <>
      <DetailHead
        title={payment.reference}
        badge={
          <Badge tone={state.tone} icon={state.icon}>
            {state.word}
          </Badge>
        }
        facts={
          <>
            {payment.customer} · <MoneyText money={payment.amount} />
          </>
        }
        actions={
          <>
            <ReceiptButton
              paymentId={payment.id}
              reason={payment.reversal ? 'It was taken back: it has no receipt.' : null}
            />
            <ActionButton
              icon={IconFileInvoice}
              reason={may ?? whyNoAdvance(payment)}
              onClick={() => {
                setAsked('advance');
              }}
            >
              Advance invoice…
            </ActionButton>
            <ActionButton
              icon={IconCashOff}
              reason={may ?? whyNoRefund(payment)}
              onClick={() => {
                setAsked('refund');
              }}
            >
              Pay back…
            </ActionButton>
            <ActionButton
              icon={IconArrowBackUp}
              reason={may ?? (payment.reversal ? 'It was taken back already.' : null)}
              onClick={() => {
                setAsked('reverse');
              }}
            >
              Take back…
            </ActionButton>
          </>
        }
        onClose={onClose}
        onPrevious={step?.previous}
        onNext={step?.next}
        href={`/payments/${payment.id}`}
      />
      <DetailBody>
        <KeyValues
          columns={2}
          facts={[
            {
              label: 'Customer',
              value: (
                <Link href={`/customers/${payment.customerId}`} className="ik-link">
                  {payment.customer}
                </Link>
              ),
              wide: true,
            },
            { label: 'Received', value: formatDay(payment.receivedOn) },
            { label: 'Entered', value: <Timestamp dated atMs={Date.parse(payment.recordedAt)} /> },
            { label: 'Amount', value: <MoneyText money={payment.amount} /> },
            { label: 'Left', value: <MoneyText money={payment.unallocated} /> },
            ...(payment.note === '' ? [] : [{ label: 'Note', value: payment.note, wide: true }]),
            ...(payment.reversal
              ? [
                  {
                    label: 'Taken back',
                    value: `${formatDay(payment.reversal.bookedOn)}: ${payment.reversal.reason}`,
                    wide: true,
                  },
                ]
              : []),
          ]}
        />
        <h3>Invoices it settles</h3>
        <Allocations payment={payment} />
        <h3>Paid back</h3>
        <PaymentRefunds payment={payment} may={may} />
        <h3>Advance invoices</h3>
        <PaymentAdvances payment={payment} />
        {payment.state === 'unallocated' && may === null ? <AllocatePanel payment={payment} /> : null}
      </DetailBody>
      {asked === 'reverse' ? <ReverseDialog payment={payment} onClose={close} /> : null}
      {asked === 'refund' ? <PaymentRefundDialog payment={payment} onClose={close} /> : null}
      {asked === 'advance' ? <AdvanceIssueDialog payment={payment} onClose={close} /> : null}
    </>
  );
}
