import { useState } from 'react';
import { moneyFromWire, moneyToDecimalText } from '../../../shared/kernel/money.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/form-field.tsx';
import { toast } from '../../ui/toast.ts';
import { typedMinor } from '../billing/credit-amounts.ts';
import type { Balance } from './balance-answer.ts';

/** From what balance on somebody is told. */
export function LowBalanceDialog(props: { customerId: string; balance: Balance; onClose: () => void }) {
  const { customerId, balance, onClose } = props;
  const { currency } = balance;
  const environment = useEnvironmentName();
  const save = useCommand('balances.lowBalanceSave');
  const [typed, setTyped] = useState(
    balance.low === null ? '' : moneyToDecimalText(moneyFromWire(balance.low)),
  );
  const minor = typed.trim() === '' ? null : typedMinor(typed, currency);
  const off =
    minor === undefined || (minor !== null && minor <= 0n) ? 'Write an amount above 0, or none' : null;
  const confirm = async (): Promise<void> => {
    if (minor === undefined) return;
    const low = minor === null ? null : { amountMinor: minor.toString(), currency };
    if (!(await save.run({ customerId, low }))) return;
    toast('ok', 'Saved', low === null ? 'Told when it is exhausted' : `Low at ${typed} ${currency}`);
    onClose();
  };
  return (
    <ConfirmDialog
      title={`Low balance of ${balance.customer}`}
      environment={environment}
      action="Save"
      width={480}
      off={off}
      busy={save.pending}
      problem={save.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <TextField
        label="Low at"
        unit={currency}
        description="With VAT, seen as the next day closes; empty: told only when it is exhausted"
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
        }}
      />
    </ConfirmDialog>
  );
}
