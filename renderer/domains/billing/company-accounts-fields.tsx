import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import IconTrash from '@tabler/icons-react/dist/esm/icons/IconTrash.mjs';
import type { UseFormReturnType } from '@mantine/form';
import type { CompanyFields } from '../../../shared/domains/billing/company-contract.ts';
import { isValidIban, spacedIban } from '../../../shared/domains/billing/iban-rules.ts';
import { CURRENCIES, type Currency } from '../../../shared/kernel/money.ts';
import { Button } from '../../ui/button.tsx';
import { FormSection, SelectField, TextField } from '../../ui/form-field.tsx';

const ALL = Object.keys(CURRENCIES) as Currency[];

/** What is wrong with accounts as they are typed, by their fields. */
export const accountFaults = {
  iban: (iban: string): string | null =>
    isValidIban(iban)
      ? null
      : iban.trim() === ''
        ? 'Write the account customers pay to.'
        : `${iban.trim()} is not a valid IBAN: compare it with your bank's papers.`,
  bic: (bic: string): string | null =>
    /^([A-Z0-9]{8}|[A-Z0-9]{11})?$/.test(bic.trim()) ? null : 'A BIC has 8 or 11 letters and digits.',
};

/** The accounts customers pay to, one per currency: an invoice shows that of its own. */
export function CompanyAccountsFields({
  form,
  faults,
}: {
  form: UseFormReturnType<CompanyFields>;
  /** What was refused, by the paths of fields. */
  faults: Readonly<Record<string, string>>;
}) {
  const { accounts } = form.getValues();
  const taken = new Set(accounts.map(({ currency }) => currency));
  const field = (at: number, name: 'currency' | 'iban' | 'bic') => {
    const path = `accounts.${at}.${name}`;
    return {
      ...form.getInputProps(path),
      ...(faults[path] === undefined ? {} : { error: faults[path] }),
    };
  };
  const [unused] = ALL.filter((currency) => !taken.has(currency));
  return (
    <FormSection
      title="Bank accounts"
      hint="One per currency. Customers pay to that of their invoice; it stands there with a code their bank reads. Without one nothing is invoiced in that currency."
    >
      {accounts.map((account, at) => (
        <div
          className="ik-wide ik-row"
          style={{ alignItems: 'flex-start', flexWrap: 'wrap' }}
          // An account has no name but its place while its currency is chosen.
          // oxlint-disable-next-line react/no-array-index-key -- rows are only added at the end and taken out whole
          key={at}
          role="group"
          aria-label={`Account in ${account.currency}`}
        >
          <SelectField
            label="Currency"
            data={ALL.filter((currency) => currency === account.currency || !taken.has(currency))}
            allowDeselect={false}
            w={90}
            {...field(at, 'currency')}
          />
          <TextField
            label="IBAN"
            required
            w={290}
            {...field(at, 'iban')}
            onBlur={(event) => {
              form.getInputProps(`accounts.${at}.iban`).onBlur?.(event);
              const typed = event.currentTarget.value;
              if (isValidIban(typed)) form.setFieldValue(`accounts.${at}.iban`, spacedIban(typed));
            }}
          />
          <TextField label="BIC" w={130} {...field(at, 'bic')} />
          {accounts.length === 1 ? null : (
            // Beside the fields, not their labels.
            <span style={{ marginTop: 24 }}>
              <Button
                kind="ghost"
                icon={IconTrash}
                label={`Remove the account in ${account.currency}`}
                onClick={() => {
                  form.removeListItem('accounts', at);
                }}
              />
            </span>
          )}
        </div>
      ))}
      {unused === undefined ? null : (
        <div className="ik-wide">
          <Button
            size="sm"
            icon={IconPlus}
            onClick={() => {
              form.insertListItem('accounts', { currency: unused, iban: '', bic: '' });
            }}
          >
            Add an account
          </Button>
        </div>
      )}
    </FormSection>
  );
}
