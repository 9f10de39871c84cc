import type { ReactNode } from 'react';
import { useQuery } from '../../client/use-query.ts';
import { SelectField } from '../../ui/form-field.tsx';
import { formatCount } from '../../ui/format.ts';

/** One of the clusters by name; there are never so many that they would have to be looked for. */
export function ClusterField(props: {
  label: string;
  value: string | null;
  onChange: (clusterId: string | null) => void;
  error?: ReactNode;
  description?: ReactNode;
  /** Where none may be chosen: what that means. */
  placeholder?: string;
  clearable?: boolean;
}) {
  const found = useQuery('fleet.clusterList', { limit: 200 }, { topics: ['cluster'] });
  return (
    <SelectField
      label={props.label}
      description={props.description}
      error={props.error}
      placeholder={props.placeholder ?? 'A cluster…'}
      searchable
      clearable={props.clearable ?? false}
      allowDeselect={props.clearable ?? false}
      data={(found.data?.rows ?? []).map(({ id, name, hosts }) => ({
        value: id,
        label: `${name} (${formatCount(hosts)} ${hosts === 1 ? 'host' : 'hosts'})`,
      }))}
      value={props.value}
      onChange={props.onChange}
    />
  );
}
