import { useLocation, useParams, useSearch } from 'wouter';
import { useForm } from '@mantine/form';
import type { CustomerFields, CustomerRow } from '../../../shared/domains/customers/customers-contract.ts';
import { currencyOfCountry } from '../../../shared/domains/customers/country-currency.ts';
import { readVatId } from '../../../shared/domains/customers/vat-id-rules.ts';
import { CURRENCIES } from '../../../shared/kernel/money.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useFreshQuery } from '../../client/use-fresh-query.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton, Button } from '../../ui/button.tsx';
import { DraftNote } from '../../ui/draft-note.tsx';
import { EditProblem } from '../../ui/edit-problem.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { useFormDraft } from '../../ui/form-draft.ts';
import { Form, FormSection, SelectField, TextAreaField, TextField } from '../../ui/form-field.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.ts';
import { useCompanies } from '../companies/company-choice.tsx';
import { countryName, countryOptions, zoneOptions } from './country-options.ts';

const KINDS = [
  { value: 'company', label: 'Company' },
  { value: 'person', label: 'Private person' },
];
const LANGUAGES = [
  { value: 'en', label: 'English' },
  { value: 'pl', label: 'Polish' },
  { value: 'cs', label: 'Czech' },
];
/** Languages that a country's customers most likely read; English otherwise. */
const LANGUAGE_OF: Readonly<Record<string, CustomerFields['language']>> = { PL: 'pl', CZ: 'cs' };

/** Why a VAT id cannot be right, in the words of the engine's refusal. */
function vatIdFault(vatId: string, country: string): string | null {
  const verdict = readVatId(country, vatId);
  if (verdict.ok) return null;
  return `${vatId.trim()} is not a VAT id of ${countryName(country)}: ${verdict.detail}.`;
}

const newCustomer = (country: string, timeZone: string): CustomerFields => ({
  kind: 'company',
  name: '',
  street: '',
  postcode: '',
  city: '',
  country,
  vatId: '',
  email: '',
  currency: currencyOfCountry(country),
  language: LANGUAGE_OF[country] ?? 'en',
  timeZone,
  notes: '',
});

/** As it is typed: whose customer it is, too, which is chosen of a new one; empty: the default company's. */
type CustomerValues = CustomerFields & { companyId: string };

function fieldsOf(customer: CustomerRow): CustomerFields {
  const {
    id: _,
    companyId: _own,
    number: _n,
    active: _a,
    vms: _v,
    subscriptions: _s,
    balance: _b,
    createdAt: _c,
    ...fields
  } = customer;
  return fields;
}

function CustomerForm(props: { initial: CustomerFields; customer: CustomerRow | null; onAnew: () => void }) {
  const { customer } = props;
  const [, navigate] = useLocation();
  const may = useMay('customers.write');
  const create = useCommand('customers.customerCreate');
  const save = useCommand('customers.customerSave');
  const running = customer ? save : create;
  const companies = useCompanies();
  const form = useForm<CustomerValues>({
    mode: 'controlled',
    initialValues: { ...props.initial, companyId: '' },
    validateInputOnBlur: true,
    validate: {
      name: (name) => (name.trim() === '' ? 'Write the name as it should stand on invoices.' : null),
      vatId: (vatId, { country }) => vatIdFault(vatId, country),
      email: (email) =>
        email === '' || /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email.trim())
          ? null
          : 'An address such as billing@example.com.',
    },
  });
  const draft = useFormDraft(form, `customer-${customer?.id ?? 'new'}`, { seen: props.initial });
  const submit = form.onSubmit(async ({ companyId, ...typed }) => {
    const values = { ...typed, email: typed.email.trim() };
    const done = customer
      ? await save
          .run({ customerId: customer.id, ...values, before: draft.seen })
          .then((saved) => saved && customer.id)
      : await create
          .run({ ...values, ...(companyId !== '' && { companyId }) })
          .then((made) => made?.customerId);
    if (!done) return;
    draft.clear();
    toast('ok', customer ? 'Customer saved' : 'Customer added', values.name);
    navigate(`/customers/${done}`, { replace: true });
  });
  /** A country brings its currency and language, unless somebody chose others. */
  const setCountry = (country: string | null): void => {
    if (country === null) return;
    const before = form.getValues();
    form.setFieldValue('country', country);
    if (!customer && before.currency === currencyOfCountry(before.country))
      form.setFieldValue('currency', currencyOfCountry(country));
    if (!customer && before.language === (LANGUAGE_OF[before.country] ?? 'en'))
      form.setFieldValue('language', LANGUAGE_OF[country] ?? 'en');
    form.setFieldError('vatId', before.vatId === '' ? null : vatIdFault(before.vatId, country));
  };
  const refusedOnVatId = running.refusal === 'vat-id-malformed' || running.refusal === 'vat-id-taken';
  const errorOf = (field: keyof CustomerFields) => ({
    ...form.getInputProps(field),
    ...(running.fields[field] === undefined ? {} : { error: running.fields[field] }),
  });
  return (
    <Form
      onSubmit={submit}
      problem={
        running.error && !refusedOnVatId ? (
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
        <>
          <ActionButton type="submit" kind="primary" busy={running.pending} reason={may}>
            {customer ? 'Save' : 'Add customer'}
          </ActionButton>
          <Button
            kind="ghost"
            onClick={() => {
              draft.clear();
              navigate(customer ? `/customers/${customer.id}` : '/customers');
            }}
          >
            Cancel
          </Button>
        </>
      }
    >
      {draft.restored ? <DraftNote onDiscard={draft.discard} /> : null}
      <FormSection title="Who buys">
        <div className="ik-wide">
          <TextField label="Name" required data-autofocus autoFocus={!customer} {...errorOf('name')} />
        </div>
        {!customer && companies.length > 1 ? (
          <SelectField
            label="Customer of"
            data={companies.map(({ id, name }) => ({ value: id, label: name }))}
            {...form.getInputProps('companyId')}
            value={form.getValues().companyId || (companies[0]?.id ?? null)}
            allowDeselect={false}
            description="Fixed once something is sold"
          />
        ) : null}
        <SelectField label="Kind" data={KINDS} {...errorOf('kind')} />
        <SelectField
          label="Country"
          data={countryOptions}
          searchable
          {...errorOf('country')}
          onChange={setCountry}
        />
        <TextField
          label="VAT id"
          description={form.getValues().kind === 'person' ? 'Private persons have none' : 'With its prefix'}
          placeholder="PL5252344078"
          {...errorOf('vatId')}
          {...(refusedOnVatId ? { error: running.error?.sentence } : {})}
        />
        <TextField label="E-mail" description="Where invoices go" {...errorOf('email')} />
      </FormSection>
      <FormSection title="Address">
        <div className="ik-wide">
          <TextField label="Street and number" {...errorOf('street')} />
        </div>
        <TextField label="Postcode" {...errorOf('postcode')} />
        <TextField label="City" {...errorOf('city')} />
      </FormSection>
      <FormSection title="Invoices">
        <SelectField
          label="Currency"
          data={Object.keys(CURRENCIES)}
          description={customer ? 'Fixed once something is charged' : 'Plans need a price in it'}
          {...errorOf('currency')}
        />
        <SelectField label="Language of documents" data={LANGUAGES} {...errorOf('language')} />
        <SelectField
          label="Time zone"
          data={zoneOptions}
          searchable
          limit={60}
          description="Of the customer; days are billed in the company's zone"
          {...errorOf('timeZone')}
        />
      </FormSection>
      <FormSection title="Notes" hint="For colleagues; never on documents.">
        <div className="ik-wide">
          <TextAreaField aria-label="Notes" {...errorOf('notes')} />
        </div>
      </FormSection>
    </Form>
  );
}

/** A new customer, or the data of one; what is typed stays across errors and reloads. */
export function CustomerFormPage() {
  const { customerId } = useParams<{ customerId?: string }>();
  const search = useSearch();
  const customer = useFreshQuery('customers.customerGet', customerId ? { customerId } : null);
  const company = useQuery('billing.companyGet', {});
  const name = new URLSearchParams(search).get('name') ?? '';
  const ready = company.data && (customerId === undefined || customer.data);
  const problem = customer.error ?? company.error;
  return (
    <>
      <PageHead
        title={customer.data ? `Change ${customer.data.name}` : 'New customer'}
        meta={customer.data?.number}
      />
      <div className="ik-page">
        {ready ? (
          <CustomerForm
            key={`${customerId ?? 'new'} ${customer.round}`}
            onAnew={customer.again}
            customer={customer.data ?? null}
            initial={
              customer.data
                ? fieldsOf(customer.data)
                : {
                    ...newCustomer(
                      company.data?.company?.country ?? 'PL',
                      company.data?.company?.timeZone ?? 'Europe/Warsaw',
                    ),
                    name,
                  }
            }
          />
        ) : problem ? (
          <ErrorPanel
            title="The customer could not be read"
            error={problem}
            onRetry={customerId ? customer.refetch : company.refetch}
          />
        ) : (
          <Skeleton rows={10} />
        )}
      </div>
    </>
  );
}
