import { useState } from 'react';
import { VAT_ANSWER_DAYS, VAT_ROUND_MAX } from '../../../shared/domains/customers/vat-round-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useQuery } from '../../client/use-query.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { formatCount } from '../../ui/format.ts';
import { TextField } from '../../ui/form-field.tsx';
import { toast } from '../../ui/toast.ts';

/** Asks VIES again about all customers of the list's query whose answer is old or missing. */
export function VatRoundDialog({ query, onClose }: { query: string; onClose: () => void }) {
  const environment = useEnvironmentName();
  const [days, setDays] = useState(String(VAT_ANSWER_DAYS));
  const isNumber = /^\d{1,4}$/.test(days.trim()) && Number(days) <= 3660;
  const scope = { query, olderThanDays: isNumber ? Number(days) : VAT_ANSWER_DAYS };
  const preview = useQuery('customers.vatRoundPreview', scope, { topics: ['customer'] });
  const start = useCommand('customers.vatRoundStart');
  const found = preview.data;
  const toAsk = found?.toAsk ?? 0;
  const counts: readonly (readonly [string, number | undefined])[] = [
    ['VAT ids to ask about', found?.toAsk],
    ['of them never answered', found?.neverAnswered],
    ['Customers answered lately', found?.answeredLately],
    ['Customers without a VAT id', found?.withoutVatId],
    ['Customers outside the EU', found?.outsideEu],
  ];
  const off = !isNumber
    ? 'Write a number of days'
    : found === undefined
      ? 'It is being counted'
      : toAsk === 0
        ? 'There is nobody to ask about'
        : toAsk > VAT_ROUND_MAX
          ? `More than the ${formatCount(VAT_ROUND_MAX)} of one round: ask the list for fewer`
          : null;
  const confirm = async (): Promise<void> => {
    if (!(await start.run({ ...scope, confirmCount: toAsk }))) return;
    toast('ok', 'VIES is being asked', `${formatCount(toAsk)} VAT ids, about one a second`);
    onClose();
  };
  return (
    <ConfirmDialog
      title="Ask VIES about many"
      environment={environment}
      action={`Ask about ${formatCount(toAsk)}`}
      width={480}
      off={off}
      busy={start.pending}
      problem={start.error?.sentence ?? preview.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p className="ik-sm ik-t2" style={{ marginBottom: 8 }}>
        {query.trim() === '' ? 'All customers' : <span className="ik-q">{query}</span>}; every answer is kept
        as evidence, one VAT id after the other.
      </p>
      <TextField
        label="Leave out who was answered in the last"
        unit="days"
        inputMode="numeric"
        data-autofocus
        value={days}
        onChange={(event) => {
          setDays(event.currentTarget.value);
        }}
      />
      <table className="ik-tb" style={{ marginTop: 8 }}>
        <colgroup>
          <col />
          <col style={{ width: 96 }} />
        </colgroup>
        <tbody>
          {counts.map(([words, count]) => (
            <tr key={words}>
              <td className="ik-t2">{words}</td>
              <td className="ik-num">{count === undefined ? '…' : formatCount(count)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ConfirmDialog>
  );
}
