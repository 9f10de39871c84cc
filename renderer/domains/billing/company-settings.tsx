import './billing.css';
import { useLocation } from 'wouter';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import {
  USUAL_ADVANCE_FORMAT,
  type CompanyFields,
} from '../../../shared/domains/billing/company-contract.ts';
import { PAPER_NUMBERS } from '../../../shared/domains/documents/paper-kinds.ts';
import { isEuCountry, readVatId } from '../../../shared/domains/customers/vat-id-rules.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { DraftNote } from '../../ui/draft-note.tsx';
import { EditProblem } from '../../ui/edit-problem.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { useFormDraft } from '../../ui/form-draft.ts';
import {
  Form,
  FormSection,
  NumberField,
  SelectField,
  TextAreaField,
  TextField,
} from '../../ui/form-field.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.ts';
import { countryName, countryOptions, zoneOptions } from '../customers/country-options.ts';
import { accountFaults, CompanyAccountsFields } from './company-accounts-fields.tsx';
import { CompanyNumbersFields, numberFormatFaults } from './company-numbers-fields.tsx';
import { useFirstSteps } from './first-steps.tsx';

const EMPTY: CompanyFields = {
  name: '',
  street: '',
  postcode: '',
  city: '',
  country: 'PL',
  vatId: '',
  accounts: [{ currency: 'PLN', iban: '', bic: '' }],
  email: '',
  footer: '',
  numberFormat: 'INV {year}/{month}/{seq:4}',
  creditNumberFormat: 'CN {year}/{month}/{seq:4}',
  advanceNumberFormat: USUAL_ADVANCE_FORMAT,
  paperNumberFormats: { ...PAPER_NUMBERS },
  vatScheme: 'standard',
  consumersAbroad: 'held',
  paymentDays: 14,
  timeZone: 'Europe/Warsaw',
};

const written = (what: string) => (text: string) => (text.trim() === '' ? `Write ${what}.` : null);

function vatIdFault(vatId: string, country: string): string | null {
  if (vatId.trim() === '') return 'Write the VAT id: it stands on every invoice.';
  const verdict = readVatId(country, vatId);
  return verdict.ok ? null : `${vatId.trim()} is not a VAT id of ${countryName(country)}: ${verdict.detail}.`;
}

function CompanyForm(props: {
  company: CompanyFields | null;
  companyId?: string | undefined;
  /** Told the id of one that was added beside others. */
  onAdded?: ((companyId: string) => void) | undefined;
  onAnew: () => void;
}) {
  const { company, companyId, onAdded } = props;
  const [, navigate] = useLocation();
  const save = useCommand('billing.companySave');
  const add = useCommand('companies.companyAdd');
  const running = onAdded ? add : save;
  const may = useMay('billing.write');
  const steps = useFirstSteps();
  const form = useForm<CompanyFields>({
    mode: 'controlled',
    initialValues: company ?? EMPTY,
    validateInputOnBlur: true,
    validate: {
      name: written('the name as it is registered'),
      street: written('street and number'),
      postcode: written('the postcode'),
      city: written('the city'),
      vatId: (vatId, { country }) => vatIdFault(vatId, country),
      accounts: accountFaults,
      ...numberFormatFaults(company),
    },
  });
  const draft = useFormDraft(form, onAdded ? 'company-new' : `company-${companyId ?? 'first'}`, {
    seen: company,
  });
  const submit = form.onSubmit(async (values) => {
    if (onAdded) {
      const added = await add.run(values);
      if (!added) return;
      draft.clear();
      toast('ok', 'Company added', values.name);
      onAdded(added.companyId);
      return;
    }
    if (!(await save.run({ ...values, before: draft.seen, ...(companyId && { companyId }) }))) return;
    form.setInitialValues(values);
    form.resetDirty(values);
    draft.clear(values);
    toast(
      'ok',
      'Company saved',
      'It stands on every invoice from now on; those issued before keep the old data.',
    );
    if (company === null && steps && !steps.has('plan')) navigate('/plans');
  });
  const field = (name: keyof CompanyFields) => ({
    ...form.getInputProps(name),
    ...(running.fields[name] === undefined ? {} : { error: running.fields[name] }),
  });
  const { country } = form.getValues();
  return (
    <Form
      onSubmit={submit}
      problem={
        running.error ? (
          <EditProblem
            sentence={running.error.sentence}
            isOvertaken={running.refusal === 'changed-meanwhile'}
            onAnew={() => {
              draft.clear();
              props.onAnew();
            }}
          />
        ) : undefined
      }
      foot={
        <ActionButton type="submit" kind="primary" busy={running.pending} reason={may}>
          {onAdded ? 'Add the company' : 'Save'}
        </ActionButton>
      }
    >
      {draft.restored ? <DraftNote onDiscard={draft.discard} /> : null}
      <FormSection title="Who sells" hint="Stands on every invoice.">
        <div className="ik-wide">
          <TextField label="Name" required {...field('name')} />
        </div>
        <div className="ik-wide">
          <TextField label="Street and number" required {...field('street')} />
        </div>
        <TextField label="Postcode" required {...field('postcode')} />
        <TextField label="City" required {...field('city')} />
        <SelectField
          label="Country"
          data={countryOptions}
          searchable
          {...field('country')}
          description={isEuCountry(country) ? undefined : 'Only VAT of EU countries is known'}
        />
        <TextField label="VAT id" required placeholder="PL5252344078" {...field('vatId')} />
        <TextField label="E-mail" {...field('email')} />
      </FormSection>
      <CompanyAccountsFields form={form} faults={running.fields} />
      <CompanyNumbersFields
        form={form}
        faults={running.fields}
        companyId={companyId}
        isNew={company === null}
      />
      <FormSection title="Documents">
        <NumberField
          label="Due"
          unit="days after issue"
          min={0}
          max={365}
          allowDecimal={false}
          description="Term of payment"
          {...field('paymentDays')}
        />
        <div className="ik-wide">
          <TextAreaField
            label="Footer"
            minRows={2}
            description="Registers, share capital: at the bottom of every page"
            {...field('footer')}
          />
        </div>
      </FormSection>
      <FormSection title="VAT">
        <SelectField
          label="At home"
          data={[
            { value: 'standard', label: 'Standard rate of the day' },
            { value: 'exempt', label: 'Exempt: small enterprise (Art. 284)' },
          ]}
          allowDeselect={false}
          {...field('vatScheme')}
        />
        <SelectField
          label="Private persons elsewhere in the EU"
          data={[
            { value: 'held', label: 'Not invoiced' },
            { value: 'oss', label: 'At the rate of their country (OSS)' },
            { value: 'home', label: 'At home, below the threshold (Art. 59c)' },
          ]}
          allowDeselect={false}
          {...field('consumersAbroad')}
        />
      </FormSection>
      <FormSection title="Billing zone">
        <SelectField
          label="Time zone"
          data={zoneOptions}
          searchable
          limit={60}
          description="A day of charges begins and ends here; fixed once a day is charged"
          {...field('timeZone')}
        />
      </FormSection>
    </Form>
  );
}

/** A company that sells: what stands on its invoices, their numbers, and the zone in which its days are billed. */
export function CompanySettings(props: {
  /** The default one where it is absent. */
  companyId?: string | undefined;
  isNew?: boolean;
  onAdded?: (companyId: string) => void;
}) {
  const { companyId, isNew = false } = props;
  const found = useQuery('billing.companyGet', isNew ? null : { ...(companyId && { companyId }) });
  const [round, setRound] = useState(0);
  if (!found.data && !isNew) {
    return found.error ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : <Skeleton rows={8} />;
  }
  const company = found.data?.company ?? null;
  return (
    <Panel
      title={isNew ? 'New company' : (company?.name ?? 'Company')}
      meta={company || isNew ? undefined : 'nobody sells yet'}
      pad
    >
      <CompanyForm
        key={round}
        company={company}
        companyId={companyId}
        onAdded={isNew ? props.onAdded : undefined}
        onAnew={() => {
          setRound(round + 1);
        }}
      />
    </Panel>
  );
}
