import { useState } from 'react';
import IconArrowBackUp from '@tabler/icons-react/dist/esm/icons/IconArrowBackUp.mjs';
import type { PaymentDetail } from '../../../shared/domains/payments/payments-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { MoneyText } from '../../ui/figures.tsx';
import { formatDay } from '../../ui/format.ts';
import { TextField } from '../../ui/form-field.tsx';
import { toast } from '../../ui/toast.ts';

type Refund = PaymentDetail['refunds'][number];

function RefundReverseDialog({ refund, onClose }: { refund: Refund; onClose: () => void }) {
  const environment = useEnvironmentName();
  const reverse = useCommand('payments.refundReverse');
  const [reason, setReason] = useState('');
  const confirm = async (): Promise<void> => {
    if (!(await reverse.run({ refundId: refund.refundId, reason: reason.trim() }))) return;
    toast('ok', 'Taken back', `${refund.reference}: the money stands on no invoice again`);
    onClose();
  };
  return (
    <ConfirmDialog
      title={`Take the refund ${refund.reference} back`}
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
        The bank returned it, or it was never paid. Its entry is reversed by one of today, and what it paid is
        left of the payment again.
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

/** What of a payment was paid back, each with the way to take that back. */
export function PaymentRefunds({ payment, may }: { payment: PaymentDetail; may: string | null }) {
  const [asked, setAsked] = useState<Refund | null>(null);
  if (payment.refunds.length === 0) return <p className="ik-none">Nothing of it was paid back.</p>;
  return (
    <>
      <table className="ik-tb">
        <thead>
          <tr>
            <th>Refund</th>
            <th>Paid</th>
            <th className="ik-num">Amount</th>
            <th>
              <span className="ik-sr">Take it back</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {payment.refunds.map((refund) => (
            <tr key={refund.refundId}>
              <td>
                {refund.reference}
                <span className="ik-sm ik-t3" style={{ display: 'block' }}>
                  {refund.reversal
                    ? `taken back ${formatDay(refund.reversal.bookedOn)}: ${refund.reversal.reason}`
                    : [`from ${refund.iban}`, refund.note].filter((words) => words !== '').join(' · ')}
                </span>
              </td>
              <td className="ik-tn">{formatDay(refund.paidOn)}</td>
              <td className="ik-num">
                <MoneyText money={refund.amount} />
              </td>
              <td className="ik-num">
                {refund.reversal ? null : (
                  <ActionButton
                    size="sm"
                    kind="ghost"
                    icon={IconArrowBackUp}
                    reason={may}
                    onClick={() => {
                      setAsked(refund);
                    }}
                  >
                    Take back…<span className="ik-sr"> {refund.reference}</span>
                  </ActionButton>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {asked ? (
        <RefundReverseDialog
          refund={asked}
          onClose={() => {
            setAsked(null);
          }}
        />
      ) : null}
    </>
  );
}
