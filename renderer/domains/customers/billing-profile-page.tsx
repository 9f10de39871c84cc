import { useLocation, useParams } from 'wouter';
import { useForm, type UseFormReturnType } from '@mantine/form';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import IconTrash from '@tabler/icons-react/dist/esm/icons/IconTrash.mjs';
import {
  EVIDENCE_KINDS,
  evidenceMissing,
  type BillingProfile,
} from '../../../shared/domains/customers/billing-profile.ts';
import type { CustomerRow } from '../../../shared/domains/customers/customers-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useFreshQuery } from '../../client/use-fresh-query.ts';
import { useQuery } from '../../client/use-query.ts';
import type { ResultOf } from '../../client/operation-types.ts';
import { ActionButton, Button } from '../../ui/button.tsx';
import { DraftNote } from '../../ui/draft-note.tsx';
import { EditProblem } from '../../ui/edit-problem.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { useFormDraft } from '../../ui/form-draft.ts';
import { Form, FormSection, SelectField, TextField } from '../../ui/form-field.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.ts';
import { ContactFields } from './contact-fields.tsx';
import { countryName, countryOptions, zoneOptions } from './country-options.ts';

type Known = ResultOf<'customers.billingProfileGet'>;
type Companies = ResultOf<'companies.companyList'>['rows'];

const EVIDENCE_WORDS: Record<(typeof EVIDENCE_KINDS)[number], string> = {
  'billing-address': 'Billing address',
  bank: 'Bank account or card',
  'ip-address': 'IP address',
  'sim-card': 'Country of the SIM card',
  'fixed-line': 'Fixed line',
  other: 'Other',
};

/** As it is typed: a postal address always there. */
export interface ProfileValues extends Record<string, unknown> {
  companyId: string;
  billingZone: string;
  hasPostal: string;
  postal: NonNullable<BillingProfile['postal']>;
  taxCountry: string;
  taxEvidence: BillingProfile['taxEvidence'];
  contacts: BillingProfile['contacts'];
}
export type ProfileForm = UseFormReturnType<ProfileValues>;

function valuesOf(profile: BillingProfile, customer: CustomerRow): ProfileValues {
  const { name, street, postcode, city, country } = customer;
  return {
    companyId: profile.companyId,
    billingZone: profile.billingZone,
    hasPostal: profile.postal === null ? 'no' : 'yes',
    postal: profile.postal ?? { name, street, postcode, city, country },
    taxCountry: profile.taxCountry,
    taxEvidence: profile.taxEvidence,
    contacts: profile.contacts,
  };
}

function profileOf(values: ProfileValues): BillingProfile {
  const { companyId, billingZone, taxCountry, taxEvidence, contacts } = values;
  return {
    companyId,
    billingZone,
    postal: values.hasPostal === 'yes' ? values.postal : null,
    taxCountry,
    taxEvidence,
    contacts,
  };
}

function taxFault(values: ProfileValues, { kind, country }: CustomerRow): string | null {
  const { taxCountry } = values;
  if (taxCountry === '' || taxCountry === country) return null;
  if (kind === 'company') return 'A company is taxed where its VAT id says: leave it empty.';
  const missing = evidenceMissing(country, values);
  return missing === 0
    ? null
    : `Enter ${missing} more piece${missing === 1 ? '' : 's'} of evidence for ${countryName(taxCountry)}, each of another kind.`;
}

function EvidenceFields({ form }: { form: ProfileForm }) {
  const { taxEvidence, taxCountry } = form.getValues();
  return (
    <>
      {taxEvidence.map((_, at) => (
        // An entry has no name but its place.
        // oxlint-disable-next-line react/no-array-index-key -- rows are only added at the end and taken out whole
        <div className="ik-wide ik-row" key={at} role="group" aria-label={`Evidence ${at + 1}`}>
          <SelectField
            label="Evidence"
            data={EVIDENCE_KINDS.map((kind) => ({ value: kind, label: EVIDENCE_WORDS[kind] }))}
            allowDeselect={false}
            {...form.getInputProps(`taxEvidence.${at}.kind`)}
          />
          <SelectField
            label="Country"
            data={countryOptions}
            searchable
            allowDeselect={false}
            {...form.getInputProps(`taxEvidence.${at}.country`)}
          />
          <TextField
            label="What was seen"
            placeholder="IBAN DE…, payment of 3 August"
            {...form.getInputProps(`taxEvidence.${at}.detail`)}
          />
          <Button
            kind="ghost"
            icon={IconTrash}
            label={`Remove evidence ${at + 1}`}
            onClick={() => {
              form.removeListItem('taxEvidence', at);
            }}
          />
        </div>
      ))}
      <div className="ik-wide">
        <Button
          size="sm"
          icon={IconPlus}
          onClick={() => {
            const country = taxCountry === '' ? 'PL' : taxCountry;
            form.insertListItem('taxEvidence', { kind: 'bank', country, detail: '' });
          }}
        >
          Add evidence
        </Button>
      </div>
    </>
  );
}

function ProfileFields(props: {
  form: ProfileForm;
  customer: CustomerRow;
  known: Known;
  companies: Companies;
}) {
  const { form, customer, known, companies } = props;
  const values = form.getValues();
  const company = companies.find(({ id }) => id === values.companyId);
  return (
    <>
      <FormSection title="Who sells">
        <SelectField
          label="Company"
          data={companies.map(({ id, name }) => ({ value: id, label: name }))}
          allowDeselect={false}
          disabled={known.fixed}
          description={known.fixed ? 'Fixed: something was sold' : 'Fixed once something is sold'}
          {...form.getInputProps('companyId')}
        />
        <SelectField
          label="Days are charged in"
          data={[{ value: '', label: `The company’s zone (${company?.timeZone ?? '…'})` }, ...zoneOptions]}
          searchable
          limit={60}
          allowDeselect={false}
          disabled={known.fixed}
          description="Where a day of this customer begins and ends"
          {...form.getInputProps('billingZone')}
        />
      </FormSection>
      <FormSection title="Post">
        <SelectField
          label="Paper goes to"
          data={[
            { value: 'no', label: 'The address on documents' },
            { value: 'yes', label: 'Another address' },
          ]}
          allowDeselect={false}
          {...form.getInputProps('hasPostal')}
        />
        {values.hasPostal === 'yes' ? (
          <>
            <TextField label="Addressee" {...form.getInputProps('postal.name')} />
            <div className="ik-wide">
              <TextField label="Street and number" {...form.getInputProps('postal.street')} />
            </div>
            <TextField label="Postcode" {...form.getInputProps('postal.postcode')} />
            <TextField label="City" {...form.getInputProps('postal.city')} />
            <SelectField
              label="Country"
              data={countryOptions}
              searchable
              allowDeselect={false}
              {...form.getInputProps('postal.country')}
            />
          </>
        ) : null}
      </FormSection>
      <FormSection
        title="Tax"
        hint="A private person is taxed where it lives. If that is not the country of its address, two pieces of evidence must say so."
      >
        <SelectField
          label="Tax country"
          data={[
            { value: '', label: `Of the address (${countryName(customer.country)})` },
            ...countryOptions,
          ]}
          searchable
          allowDeselect={false}
          {...form.getInputProps('taxCountry')}
        />
        <EvidenceFields form={form} />
      </FormSection>
      <ContactFields form={form} />
    </>
  );
}

function BillingProfileForm(props: {
  customer: CustomerRow;
  known: Known;
  companies: Companies;
  onAnew: () => void;
}) {
  const { customer, known } = props;
  const [, navigate] = useLocation();
  const may = useMay('customers.write');
  const save = useCommand('customers.billingProfileSave');
  const required = (what: string) => (text: string) => (text.trim() === '' ? `Write ${what}.` : null);
  const inPost = (what: string) => (text: string, values: ProfileValues) =>
    values.hasPostal === 'yes' ? required(what)(text) : null;
  const form: ProfileForm = useForm<ProfileValues>({
    mode: 'controlled',
    initialValues: valuesOf(known.profile, customer),
    validateInputOnBlur: true,
    validate: {
      postal: {
        name: inPost('who gets the post'),
        street: inPost('street and number'),
        city: inPost('the city'),
      },
      taxCountry: (_, values) => taxFault(values, customer),
      taxEvidence: { detail: required('what was seen') },
      contacts: {
        name: required('the name'),
        email: (email, values, path) => {
          if (email !== '')
            return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email) ? null : 'An address such as a@example.com.';
          const at = Number(path.split('.')[1]);
          return values.contacts[at]?.phone === '' ? 'An e-mail address or a telephone number.' : null;
        },
        phone: (phone) =>
          /^(\+\d[\d ()/-]{5,})?$/.test(phone.trim())
            ? null
            : 'With the prefix of its country: +48 22 123 45 67.',
      },
    },
  });
  const draft = useFormDraft(form, `billing-profile-${customer.id}`, { seen: known.profile });
  const back = `/customers/${customer.id}`;
  const submit = form.onSubmit(async (values) => {
    const profile = profileOf(values);
    if (!(await save.run({ customerId: customer.id, profile, before: draft.seen }))) return;
    draft.clear();
    toast('ok', 'Saved', `How ${customer.name} is billed`);
    navigate(back, { replace: true });
  });
  return (
    <Form
      onSubmit={submit}
      problem={
        save.error ? (
          <EditProblem
            sentence={save.error.sentence}
            isOvertaken={save.refusal === 'changed-meanwhile'}
            onAnew={() => {
              draft.clear();
              props.onAnew();
            }}
          />
        ) : undefined
      }
      foot={
        <>
          <ActionButton type="submit" kind="primary" busy={save.pending} reason={may}>
            Save
          </ActionButton>
          <Button
            kind="ghost"
            onClick={() => {
              draft.clear();
              navigate(back);
            }}
          >
            Cancel
          </Button>
        </>
      }
    >
      {draft.restored ? <DraftNote onDiscard={draft.discard} /> : null}
      <ProfileFields form={form} customer={customer} known={known} companies={props.companies} />
    </Form>
  );
}

/** How a customer is billed: company, post, tax country, contacts. */
export function BillingProfilePage() {
  const { customerId } = useParams<{ customerId: string }>();
  const customer = useFreshQuery('customers.customerGet', { customerId });
  // What a customer is sold decides whether its company is fixed, so subscriptions and charges count too.
  const known = useFreshQuery(
    'customers.billingProfileGet',
    { customerId },
    { topics: ['customer', 'subscription', 'charge'] },
  );
  const companies = useQuery('companies.companyList', {}, { topics: ['company', 'customer'] });
  const problem = customer.error ?? known.error ?? companies.error;
  return (
    <>
      <PageHead
        title={customer.data ? `How ${customer.data.name} is billed` : 'How a customer is billed'}
        meta={customer.data?.number}
      />
      <div className="ik-page">
        {customer.data && known.data && companies.data ? (
          <BillingProfileForm
            key={known.round}
            customer={customer.data}
            known={known.data}
            companies={companies.data.rows}
            onAnew={known.again}
          />
        ) : problem ? (
          <ErrorPanel
            title="How the customer is billed could not be read"
            error={problem}
            onRetry={() => {
              customer.refetch();
              known.refetch();
              companies.refetch();
            }}
          />
        ) : (
          <Skeleton rows={10} />
        )}
      </div>
    </>
  );
}
