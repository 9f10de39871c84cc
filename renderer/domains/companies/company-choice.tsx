import type { CompanyRow } from '../../../shared/domains/companies/companies-contract.ts';
import { useQuery } from '../../client/use-query.ts';
import { useAddressParam } from '../../ui/address.ts';
import { SelectField } from '../../ui/form-field.tsx';

const NONE: readonly CompanyRow[] = [];

/** Our own companies, the default one first; none while they are being read. */
export function useCompanies(): readonly CompanyRow[] {
  return useQuery('companies.companyList', {}, { topics: ['company', 'customer'] }).data?.rows ?? NONE;
}

export interface CompanyChoiceState {
  /** Whose books, days and runs are shown; undefined: the default company's, as a call that names none has it. */
  readonly companyId: string | undefined;
  /** More than one company sells: a choice is shown, and names say whose. */
  readonly isOneOfMany: boolean;
  readonly companies: readonly CompanyRow[];
  readonly choose: (companyId: string) => void;
}

/** As queries take it: the default company is not named. */
export function companyAsked(companyId: string | undefined): { companyId?: string } {
  return companyId === undefined ? {} : { companyId };
}

/** The company that a page shows, kept in its address (`?company=…`); the default one unless it names another. */
export function useCompanyChoice(): CompanyChoiceState {
  const companies = useCompanies();
  const [asked, choose] = useAddressParam('company');
  const own = companies.find(({ isDefault }) => isDefault);
  return {
    // Until the companies are read the address is believed, so that nothing is asked of the wrong one meanwhile.
    companyId: asked === '' || asked === own?.id ? undefined : asked,
    isOneOfMany: companies.length > 1,
    companies,
    choose: (companyId) => {
      choose(companyId === own?.id ? '' : companyId);
    },
  };
}

/** Which of our companies is shown; nothing where there is only one, unless the address names one that is not there. */
export function CompanyChoice({ choice }: { choice: CompanyChoiceState }) {
  const { companies, companyId, isOneOfMany } = choice;
  const isGone =
    companyId !== undefined && companies.length > 0 && !companies.some(({ id }) => id === companyId);
  if (!isOneOfMany && !isGone) return null;
  return (
    <SelectField
      aria-label="Company"
      placeholder="Choose a company"
      data={companies.map(({ id, name }) => ({ value: id, label: name }))}
      allowDeselect={false}
      value={companyId ?? companies.find(({ isDefault }) => isDefault)?.id ?? null}
      onChange={(chosen) => {
        if (chosen !== null) choice.choose(chosen);
      }}
    />
  );
}
