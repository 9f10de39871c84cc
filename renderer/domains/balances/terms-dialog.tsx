import { useState } from 'react';
import { moneyFromWire, moneyToDecimalText, type MoneyWire } from '../../../shared/kernel/money.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { AmountField } from '../../ui/amount-field.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { SelectField } from '../../ui/form-field.tsx';
import { toast } from '../../ui/toast.ts';
import { readMoney } from '../../ui/typed-amount.ts';
import type { Balance } from './balance-answer.ts';

const MODES = [
  { value: 'postpaid', label: 'After the invoice' },
  { value: 'prepaid', label: 'Ahead, from a balance' },
];

function typedOf(money: MoneyWire | null): string {
  return money === null ? '' : moneyToDecimalText(moneyFromWire(money));
}

/** How a customer pays: ahead, and when its balance is low, or after the invoice, and what it may owe. */
export function TermsDialog(props: { customerId: string; balance: Balance; onClose: () => void }) {
  const { customerId, balance, onClose } = props;
  const { currency } = balance;
  const environment = useEnvironmentName();
  const save = useCommand('balances.termsSave');
  const [mode, setMode] = useState(balance.mode);
  const [low, setLow] = useState(typedOf(balance.low));
  const [limit, setLimit] = useState(typedOf(balance.creditLimit));
  const isPrepaid = mode === 'prepaid';
  const typed = isPrepaid ? low : limit;
  const read = typed.trim() === '' ? null : readMoney(typed, currency);
  const minor = read === null ? null : read.ok ? read.amountMinor : undefined;
  const least = isPrepaid ? 1n : 0n;
  const fault = read?.ok === false ? read.fault : null;
  const off =
    fault ??
    (minor !== null && minor !== undefined && minor < least ? 'Write more than 0, or nothing' : null);
  const confirm = async (): Promise<void> => {
    if (minor === undefined) return;
    const amount = minor === null ? null : { amountMinor: minor.toString(), currency };
    const terms = isPrepaid ? { low: amount } : { creditLimit: amount };
    if (!(await save.run({ customerId, mode, ...terms }))) return;
    toast('ok', 'Saved', `${balance.customer} pays ${isPrepaid ? 'ahead' : 'after the invoice'}`);
    onClose();
  };
  return (
    <ConfirmDialog
      title={`How ${balance.customer} pays`}
      environment={environment}
      action="Save"
      width={480}
      off={off}
      busy={save.pending}
      problem={save.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <SelectField
        label="Pays"
        data={MODES}
        allowDeselect={false}
        value={mode}
        onChange={(value) => {
          setMode(value === 'prepaid' ? 'prepaid' : 'postpaid');
        }}
      />
      {isPrepaid ? (
        <AmountField
          key="low"
          label="Low at"
          unit={currency}
          description="With VAT, seen as a day closes; empty: told only when it is exhausted"
          value={low}
          onChange={setLow}
          fault={fault}
        />
      ) : (
        <AmountField
          key="limit"
          label="May owe at most"
          unit={currency}
          description="Invoiced or not, with VAT; empty: no limit"
          value={limit}
          onChange={setLimit}
          fault={fault}
        />
      )}
    </ConfirmDialog>
  );
}
