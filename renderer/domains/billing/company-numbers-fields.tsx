import type { UseFormReturnType } from '@mantine/form';
import type { CompanyFields } from '../../../shared/domains/billing/company-contract.ts';
import {
  companyNumberFormats,
  NUMBERED_TYPES,
  NUMBERED_WORDS,
  typeAlike,
  type NumberedType,
} from '../../../shared/domains/billing/company-number-formats.ts';
import { invoiceNumber, invoiceNumberFault } from '../../../shared/domains/billing/invoice-number-rules.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { useQuery } from '../../client/use-query.ts';
import { FormSection, TextField } from '../../ui/form-field.tsx';
import { useBillingToday } from './use-day-state.ts';

const OF_INVOICES = {
  invoice: 'numberFormat',
  'credit-note': 'creditNumberFormat',
  'advance-invoice': 'advanceNumberFormat',
} as const;

/** Where the form has the format of a type. */
function pathOf(type: NumberedType): string {
  return type === 'invoice' || type === 'credit-note' || type === 'advance-invoice'
    ? OF_INVOICES[type]
    : `paperNumberFormats.${type}`;
}

/** What is wrong with a format as it is typed. */
function faultOf(type: NumberedType, values: CompanyFields, company: CompanyFields | null): string | null {
  const formats = companyNumberFormats(values);
  const fault = invoiceNumberFault(formats[type]);
  if (fault !== undefined) return `A format such as ABC {year}/{seq:4}: ${fault}.`;
  const other = typeAlike(type, formats, company === null ? undefined : companyNumberFormats(company));
  return other === undefined
    ? null
    : `Begin it with other letters than the numbers of ${NUMBERED_WORDS[other]}.`;
}

/** By their fields; `company` is what it was before. */
export function numberFormatFaults(company: CompanyFields | null) {
  const of = (type: NumberedType) => (_format: string, values: CompanyFields) =>
    faultOf(type, values, company);
  return {
    numberFormat: of('invoice'),
    creditNumberFormat: of('credit-note'),
    advanceNumberFormat: of('advance-invoice'),
    paperNumberFormats: {
      'pro-forma': of('pro-forma'),
      receipt: of('receipt'),
      'service-act': of('service-act'),
      contract: of('contract'),
      statement: of('statement'),
      reconciliation: of('reconciliation'),
    },
  };
}

/** Each type of document with its format and its next number; what has numbers of this year keeps its format until the next. */
export function CompanyNumbersFields(props: {
  form: UseFormReturnType<CompanyFields>;
  /** What was refused, by the paths of fields. */
  faults: Readonly<Record<string, string>>;
  companyId: string | undefined;
  isNew: boolean;
}) {
  const { form, faults, companyId, isNew } = props;
  const today = localDate(useBillingToday(companyId));
  const found = useQuery('billing.companyNumbers', isNew ? null : { ...(companyId && { companyId }) }, {
    topics: ['company', 'invoice', 'document', 'billing-day'],
  });
  const formats = companyNumberFormats(form.getValues());
  const fixed = new Map(
    (found.data?.rows ?? []).flatMap((row) => (row.isFixed ? [[row.type, row.nextNumber] as const] : [])),
  );
  const next = (type: NumberedType): string => {
    if (invoiceNumberFault(formats[type]) !== undefined) return '{year}, {month}, {seq:4} are filled in';
    return fixed.get(type) ?? invoiceNumber(formats[type], today, 1);
  };
  return (
    <FormSection
      title="Numbers"
      hint="A series per type and year, each with letters of its own. A format changes until the first number of the year is given; then from the next year on."
    >
      <table className="ik-tb ik-wide">
        <thead>
          <tr>
            <th>Type</th>
            <th>Format</th>
            <th>Next number</th>
          </tr>
        </thead>
        <tbody>
          {NUMBERED_TYPES.map((type) => (
            <tr key={type}>
              <td>{NUMBERED_WORDS[type].replace(/^./, (letter) => letter.toUpperCase())}</td>
              <td className="ik-wrap">
                <TextField
                  aria-label={
                    type === 'invoice' ? 'Number format' : `Number format of ${NUMBERED_WORDS[type]}`
                  }
                  required
                  readOnly={fixed.has(type)}
                  {...form.getInputProps(pathOf(type))}
                  {...(faults[pathOf(type)] === undefined ? {} : { error: faults[pathOf(type)] })}
                />
              </td>
              <td className="ik-wrap">
                <span className="ik-tn">{next(type)}</span>
                {fixed.has(type) ? (
                  <div className="ik-xs ik-t3">format fixed until {Number(today.slice(0, 4)) + 1}</div>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </FormSection>
  );
}
