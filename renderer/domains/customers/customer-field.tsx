import { useState } from 'react';
import type { ReactNode } from 'react';
import type { CustomerRow } from '../../../shared/domains/customers/customers-contract.ts';
import { useQuery } from '../../client/use-query.ts';
import { SelectField } from '../../ui/form-field.tsx';
import { queryValue } from '../../ui/query-value.ts';

const labelOf = (customer: CustomerRow): string => `${customer.name} (${customer.number})`;

/** One of the customers, found by typing a part of the name or number; the engine looks, so thousands are no matter. */
export function CustomerField(props: {
  label: string;
  /** Where the place says it: only for those who hear the page. */
  hideLabel?: boolean;
  value: string | null;
  onChange: (customerId: string | null) => void;
  error?: ReactNode;
  description?: ReactNode;
  onBlur?: () => void;
  /** Nobody can be chosen too. */
  clearable?: boolean;
}) {
  const [typed, setTyped] = useState('');
  const chosen = useQuery('customers.customerGet', props.value ? { customerId: props.value } : null);
  const chosenLabel = chosen.data && labelOf(chosen.data);
  const sought = typed === '' || typed === chosenLabel ? 'active:yes' : `active:yes ${queryValue(typed)}`;
  const found = useQuery('customers.customerList', { query: sought, limit: 20 });
  const rows = found.data?.rows ?? [];
  const options = rows.map((customer) => ({ value: customer.id, label: labelOf(customer) }));
  const data =
    chosen.data && !options.some((option) => option.value === props.value)
      ? [{ value: chosen.data.id, label: labelOf(chosen.data) }, ...options]
      : options;
  return (
    <SelectField
      {...(props.hideLabel ? { 'aria-label': props.label } : { label: props.label })}
      description={props.description}
      error={props.error}
      placeholder="Name or number…"
      searchable
      clearable={props.clearable ?? false}
      data={data}
      filter={({ options: all }) => all}
      value={props.value}
      onChange={props.onChange}
      onBlur={props.onBlur}
      onSearchChange={setTyped}
      maxDropdownHeight={280}
    />
  );
}
