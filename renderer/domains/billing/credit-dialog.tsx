import './billing.css';
import { Checkbox } from '@mantine/core';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { InvoiceDetail } from '../../../shared/domains/billing/invoice-contract.ts';
import { moneyFromWire, moneyToDecimalText } from '../../../shared/kernel/money.ts';
import type { ResultOf } from '../../client/operation-types.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useQuery } from '../../client/use-query.ts';
import { AmountField } from '../../ui/amount-field.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { MoneyText } from '../../ui/figures.tsx';
import { TextField } from '../../ui/form-field.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.ts';
import { creditLines, netFault } from './credit-amounts.ts';
import type { TypedNets } from './credit-amounts.ts';

type Left = ResultOf<'billing.creditPreview'>['left'];

/** Longer invoices are credited whole here; the command line takes lines of any. */
const LINES_SHOWN_MAX = 60;

function LeftOfLines(props: {
  left: Left;
  typed: TypedNets;
  onType: (lineNo: number, text: string) => void;
}) {
  return (
    <table className="ik-tb">
      <colgroup>
        <col />
        <col style={{ width: 110 }} />
        <col style={{ width: 130 }} />
      </colgroup>
      <thead>
        <tr>
          <th>Line</th>
          <th className="ik-num">Can be credited</th>
          <th className="ik-num">Credit, net</th>
        </tr>
      </thead>
      <tbody>
        {props.left.map((line) => {
          const plain = moneyToDecimalText(moneyFromWire(line.left));
          const text = props.typed[line.lineNo] ?? plain;
          return (
            <tr key={line.lineNo}>
              <td title={line.description}>{line.description}</td>
              <td className="ik-num">
                <MoneyText money={line.left} withoutCurrency />
              </td>
              <td>
                <AmountField
                  aria-label={`Net to credit of line ${line.lineNo}`}
                  value={text}
                  fault={netFault(text, line.left)}
                  onChange={(typed) => {
                    props.onType(line.lineNo, typed);
                  }}
                />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** Credits an invoice: all that is left unless less is typed for its lines. What it comes to is the engine's preview. */
export function CreditDialog({ invoice, onClose }: { invoice: InvoiceDetail; onClose: () => void }) {
  const { id: invoiceId, number } = invoice;
  const [, navigate] = useLocation();
  const environment = useEnvironmentName();
  const credit = useCommand('billing.invoiceCredit');
  const whole = useQuery('billing.creditPreview', { invoiceId });
  const [typed, setTyped] = useState<TypedNets>({});
  const [reason, setReason] = useState('');
  const left = whole.data?.left ?? [];
  const standing = whole.data?.standing;
  const hasStanding = standing !== undefined && standing.amountMinor !== '0';
  const lines = creditLines(left, typed, hasStanding);
  const [isTakenBack, setTakenBack] = useState(false);
  const scope = isTakenBack
    ? { takenBack: true as const }
    : lines === undefined || lines === 'unclear' || lines.length === 0
      ? {}
      : { lines };
  const preview = useQuery('billing.creditPreview', { invoiceId, ...scope });
  const off =
    !isTakenBack && lines === 'unclear'
      ? 'Write amounts such as 12.50'
      : !isTakenBack && lines?.length === 0
        ? 'Credit something of a line'
        : (preview.error?.sentence ??
          (reason.trim().length < 3 ? 'Write why: it stands on the credit note' : null));
  const confirm = async (): Promise<void> => {
    const made = await credit.run({ invoiceId, ...scope, reason: reason.trim() });
    if (!made) return;
    toast('ok', `${made.number} is issued`, `It takes from ${number}`);
    onClose();
    navigate(`/invoices/${made.creditNoteId}`);
  };
  return (
    <ConfirmDialog
      title={`Credit ${number}`}
      environment={environment}
      action="Issue the credit note"
      width={640}
      off={off}
      busy={credit.pending}
      problem={credit.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      {whole.error && !whole.data ? <ErrorPanel error={whole.error} onRetry={whole.refetch} /> : null}
      {!whole.data && !whole.error ? <Skeleton rows={4} /> : null}
      {hasStanding ? (
        <Checkbox
          label={
            <>
              Only what was taken back and is on no document yet: <MoneyText money={standing} /> net
            </>
          }
          checked={isTakenBack}
          onChange={(event) => {
            setTakenBack(event.currentTarget.checked);
          }}
        />
      ) : null}
      {!isTakenBack && left.length > 0 && left.length <= LINES_SHOWN_MAX ? (
        <LeftOfLines
          left={left}
          typed={typed}
          onType={(lineNo, text) => {
            setTyped({ ...typed, [lineNo]: text });
          }}
        />
      ) : null}
      {hasStanding && !isTakenBack && lines === undefined ? (
        <p className="ik-sm ik-t2">
          All that is left is credited, and what was taken back with it. Type an amount to credit only that.
        </p>
      ) : null}
      <TextField
        label="Reason"
        required
        description="Stands on the credit note"
        value={reason}
        maxLength={300}
        onChange={(event) => {
          setReason(event.currentTarget.value);
        }}
      />
      {preview.data && off === null ? (
        <p className="ik-sm ik-t2">
          Net <MoneyText money={preview.data.net} />, VAT <MoneyText money={preview.data.vat} />, together{' '}
          <b>
            <MoneyText money={preview.data.gross} />
          </b>
          . A credit note is final, as the invoice is.
          {BigInt(invoice.open.amountMinor) + BigInt(preview.data.gross.amountMinor) < 0n
            ? ' What was paid beyond the rest is free again: it is put on another invoice or paid back.'
            : null}
        </p>
      ) : null}
    </ConfirmDialog>
  );
}
