import { useMemo } from 'react';
import { HOST_FIELDS, HOST_HAS } from '../../../shared/domains/fleet/host-fields.ts';
import { VM_FIELDS, VM_HAS } from '../../../shared/domains/fleet/vm-fields.ts';
import { useEngine } from '../../client/engine-context.tsx';
import { queryFields } from '../../client/query-fields.ts';
import type { QueryField } from '../../ui/query-completion.ts';

const VALUES = 12;
/** Where it lasts, nothing is proposed: the person types on. */
const none = (): readonly string[] => [];
const named = (typed: string): string => (typed === '' ? '' : `name:${JSON.stringify(typed)}`);

/** Names that only the store knows, by what is typed of them. */
function useNames() {
  const { client } = useEngine();
  return useMemo(
    () => ({
      host: (typed: string) =>
        client
          .query('fleet.hostList', { query: named(typed), limit: VALUES })
          .then(({ rows }) => rows.map((host) => host.name), none),
      cluster: () =>
        client.query('fleet.clusterList', {}).then(({ rows }) => rows.map((cluster) => cluster.name), none),
      customer: (typed: string) =>
        client
          .query('customers.customerList', { query: named(typed), limit: VALUES })
          .then(({ rows }) => rows.map((customer) => customer.name), none),
      tag: (typed: string) =>
        client.query('fleet.vmTagList', { text: typed }).then(({ rows }) => rows.map(({ tag }) => tag), none),
    }),
    [client],
  );
}

/** Fields of the query of VMs; hosts, clusters, customers and tags are proposed by name. */
export function useVmQueryFields(): readonly QueryField[] {
  const names = useNames();
  return useMemo(() => queryFields(VM_FIELDS, VM_HAS, names), [names]);
}

export function useHostQueryFields(): readonly QueryField[] {
  const { cluster } = useNames();
  return useMemo(() => queryFields(HOST_FIELDS, HOST_HAS, { cluster }), [cluster]);
}
