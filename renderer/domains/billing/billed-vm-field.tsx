import { useState } from 'react';
import type { ReactNode } from 'react';
import type { CustomerRow } from '../../../shared/domains/customers/customers-contract.ts';
import { useQuery } from '../../client/use-query.ts';
import { SelectField } from '../../ui/form-field.tsx';
import { queryValue } from '../../ui/query-value.ts';

const FOUND = 20;

/** VMs of the customer, those that are billed already marked; and those without customer, which will be the customer's. */
function useVmChoice(customer: CustomerRow | undefined, typed: string, canShare: boolean) {
  const named = typed === '' ? '' : ` name:${queryValue(typed)}`;
  const own = useQuery(
    'fleet.vmList',
    customer ? { query: `customerid:${customer.id}${named}`, limit: FOUND } : null,
  );
  const free = useQuery('fleet.vmList', { query: `-has:customer${named}`, limit: FOUND });
  const sold = useQuery(
    'billing.subscriptionList',
    customer ? { query: `customerid:${customer.id} state:running,paused,coming`, limit: 500 } : null,
  );
  const billed = new Map(sold.data?.rows.map((row) => [row.vmId, row.plan]));
  return [
    {
      group: customer ? `VMs of ${customer.name}` : 'VMs of the customer',
      items: (own.data?.rows ?? []).map((vm) => ({
        value: vm.id,
        label: billed.has(vm.id) ? `${vm.name}, billed as ${billed.get(vm.id) ?? ''}` : vm.name,
        // Whether one that is billed can share a pool is asked when it is chosen: it may be billed by something else than its use.
        disabled: billed.has(vm.id) && !canShare,
      })),
    },
    {
      group: 'Without customer: will belong to this one',
      items: (free.data?.rows ?? []).map((vm) => ({ value: vm.id, label: vm.name })),
    },
  ].filter((group) => group.items.length > 0);
}

/** The VM that is paid for, or that shares a pool, found by typing a part of its name. */
export function BilledVmField(props: {
  customer: CustomerRow | undefined;
  value: string | null;
  onChange: (vmId: string | null) => void;
  onBlur?: () => void;
  error?: ReactNode;
  /** For a pool: VMs that are billed can be chosen, too. */
  canShare?: boolean;
}) {
  const [typed, setTyped] = useState('');
  const chosen = useQuery('fleet.vmGet', props.value ? { vmId: props.value } : null).data;
  const groups = useVmChoice(props.customer, typed === chosen?.name ? '' : typed, props.canShare === true);
  const isThere = groups.some((group) => group.items.some((item) => item.value === props.value));
  const data =
    chosen && !isThere
      ? [{ group: 'Chosen', items: [{ value: chosen.id, label: chosen.name }] }, ...groups]
      : groups;
  return (
    <SelectField
      label="VM"
      placeholder={props.customer ? 'Name of the VM…' : 'Choose the customer first'}
      disabled={!props.customer}
      searchable
      data={data}
      filter={({ options }) => options}
      nothingFoundMessage="No such VM of this customer, nor one without customer"
      value={props.value}
      onChange={props.onChange}
      onBlur={props.onBlur}
      onSearchChange={setTyped}
      error={props.error}
      maxDropdownHeight={280}
    />
  );
}
