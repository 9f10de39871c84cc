import { useState } from 'react';
import { localDate } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { DateField } from '../../ui/date-field.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { formatMinor } from '../../ui/format.ts';
import { TextField } from '../../ui/form-field.tsx';
import { toast } from '../../ui/toast.ts';
import { useBillingToday } from './use-day-state.ts';

const plain = (text: string): string => text.trim().replace(',', '.');

/** Charges a customer, or one of its subscriptions, a line that no plan has. */
export function ChargeByHandDialog(props: {
  customerId: string;
  currency: Currency;
  /** Absent: of the customer alone. */
  subscriptionId?: string;
  onClose: () => void;
}) {
  const { customerId, currency, subscriptionId } = props;
  const environment = useEnvironmentName();
  const today = useBillingToday();
  const charge = useCommand('billing.chargeByHand');
  const [description, setDescription] = useState('');
  const [quantity, setQuantity] = useState('1');
  const [price, setPrice] = useState('');
  const [reference, setReference] = useState('');
  const [reason, setReason] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const day = chosen ?? today;
  const off =
    description.trim().length < 2
      ? 'Write what the invoice says'
      : !/^-?\d{1,9}(\.\d{1,6})?$/.test(plain(quantity))
        ? 'Write how many: 2.5, or -1 to take something back'
        : !/^\d{1,15}(\.\d{1,10})?$/.test(plain(price))
          ? 'Write the net price of one'
          : reference.trim() === ''
            ? 'Write a reference: the same one is charged once'
            : reason.trim().length < 3
              ? 'Write why: it is kept with the charge'
              : null;
  const confirm = async (): Promise<void> => {
    const made = await charge.run({
      customerId,
      ...(subscriptionId !== undefined && { subscriptionId }),
      description: description.trim(),
      quantity: plain(quantity),
      unitPrice: plain(price),
      reference: reference.trim(),
      reason: reason.trim(),
      day: localDate(day),
    });
    if (!made) return;
    const amount = `${formatMinor(made.amount.amountMinor)} ${made.amount.currency}`;
    toast('ok', made.already ? 'It was charged already' : 'Charged', `${amount}, ${description.trim()}`);
    props.onClose();
  };
  return (
    <ConfirmDialog
      title="Charge by hand"
      environment={environment}
      action="Charge it"
      width={480}
      off={off}
      busy={charge.pending}
      problem={charge.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={props.onClose}
    >
      <TextField
        label="Description"
        description="As the invoice says it"
        required
        maxLength={120}
        value={description}
        onChange={(event) => {
          setDescription(event.currentTarget.value);
        }}
      />
      <div className="ik-duo">
        <TextField
          label="Quantity"
          description="Below 0 takes something back"
          value={quantity}
          onChange={(event) => {
            setQuantity(event.currentTarget.value);
          }}
        />
        <TextField
          label="Net price of one"
          description="VAT as of the customer’s other lines"
          unit={currency}
          required
          value={price}
          onChange={(event) => {
            setPrice(event.currentTarget.value);
          }}
        />
      </div>
      <div className="ik-duo">
        <TextField
          label="Reference"
          description="Ticket or order: charged once"
          required
          maxLength={60}
          value={reference}
          onChange={(event) => {
            setReference(event.currentTarget.value);
          }}
        />
        <DateField
          label="Day"
          description="Its period’s invoice takes it"
          maxDate={today}
          value={day}
          onChange={setChosen}
        />
      </div>
      <TextField
        label="Reason"
        description="For colleagues; not on the invoice"
        required
        maxLength={300}
        value={reason}
        onChange={(event) => {
          setReason(event.currentTarget.value);
        }}
      />
    </ConfirmDialog>
  );
}
