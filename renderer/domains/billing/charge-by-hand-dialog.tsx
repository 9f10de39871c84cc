import { useState } from 'react';
import { Checkbox } from '@mantine/core';
import { isLongPast } from '../../../shared/domains/billing/long-past-rules.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';
import { useCommand } from '../../client/use-command.ts';
import { useQuery } from '../../client/use-query.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { AmountField } from '../../ui/amount-field.tsx';
import { DateField } from '../../ui/date-field.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { formatDay, formatMinor } from '../../ui/format.ts';
import { SelectField, TextField } from '../../ui/form-field.tsx';
import { toast } from '../../ui/toast.ts';
import { EXACT, readNumber } from '../../ui/typed-amount.ts';
import { useCustomerDays } from './use-day-state.ts';

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
  const { today } = useCustomerDays(customerId);
  const charge = useCommand('billing.chargeByHand');
  const products = useQuery('catalog.productList', {}, { topics: ['product'] });
  const [description, setDescription] = useState('');
  const [quantity, setQuantity] = useState('1');
  const [price, setPrice] = useState('');
  const [reference, setReference] = useState('');
  const [reason, setReason] = useState('');
  const [productId, setProductId] = useState<string | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const [isMeant, setMeant] = useState(false);
  const day = chosen ?? today;
  const wantsLook = isLongPast(localDate(day), localDate(today));
  const count = readNumber(quantity, { decimals: 6, digits: 9, isSigned: true });
  const unitPrice = readNumber(price, EXACT);
  const off =
    description.trim().length < 2
      ? 'Write what the invoice says'
      : !count.ok
        ? quantity.trim() === ''
          ? 'Write how many: 2.5, or -1 to take something back'
          : count.fault
        : !unitPrice.ok
          ? price.trim() === ''
            ? 'Write the net price of one'
            : unitPrice.fault
          : reference.trim() === ''
            ? 'Write a reference: the same one is charged once'
            : reason.trim().length < 3
              ? 'Write why: it is kept with the charge'
              : wantsLook && !isMeant
                ? 'The day is more than a year back: tick that it is meant'
                : null;
  const confirm = async (): Promise<void> => {
    if (!count.ok || !unitPrice.ok) return;
    const made = await charge.run({
      customerId,
      ...(subscriptionId !== undefined && { subscriptionId }),
      ...(productId !== null && { productId }),
      description: description.trim(),
      quantity: count.plain,
      unitPrice: unitPrice.plain,
      reference: reference.trim(),
      reason: reason.trim(),
      day: localDate(day),
      longPast: wantsLook && isMeant,
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
        <AmountField
          label="Quantity"
          description="Below 0 takes something back"
          value={quantity}
          onChange={setQuantity}
          fault={count.ok ? null : count.fault}
        />
        <AmountField
          label="Net price of one"
          description="VAT comes on top, as of the product"
          unit={currency}
          required
          value={price}
          onChange={setPrice}
          fault={unitPrice.ok ? null : unitPrice.fault}
        />
      </div>
      <SelectField
        label="Product"
        description="Decides how VAT takes it"
        placeholder={subscriptionId === undefined ? 'None: taxed as an electronic service' : 'As its plan'}
        clearable
        data={(products.data?.rows ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        value={productId}
        onChange={setProductId}
      />
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
          onChange={(next) => {
            setChosen(next);
            setMeant(false);
          }}
        />
      </div>
      {wantsLook ? (
        <Checkbox
          size="xs"
          label={`${formatDay(day)} is meant, more than a year back`}
          checked={isMeant}
          onChange={(event) => {
            setMeant(event.currentTarget.checked);
          }}
        />
      ) : null}
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
