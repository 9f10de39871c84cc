import { useMemo } from 'react';
import { VM_STATES } from '../../../shared/domains/fleet/vm-rules.ts';
import { useEngine } from '../../client/engine-context.tsx';
import type { QueryField } from '../../ui/query-completion.ts';

/** Queries people come back to; each chip shows how many match now. */
export const vmPresets: readonly { words: string; query: string }[] = [
  { words: 'Running', query: 'state:running' },
  { words: 'Stopped', query: 'state:shut-off' },
  { words: 'Crashed', query: 'state:crashed' },
  { words: 'Paused', query: 'state:paused' },
  { words: 'CPU over 80 %', query: 'cpu>80' },
  { words: 'Without customer', query: '-has:customer' },
  { words: 'Missing', query: 'state:missing' },
];

const HAD = ['customer', 'template', 'tag', 'notes', 'address', 'agent', 'autostart'];
const VALUES = 12;
/** Where it lasts, nothing is proposed: the person types on. */
const none = (): readonly string[] => [];

/** Fields of the query of VMs; hosts and customers are proposed by name. */
export function useVmQueryFields(): readonly QueryField[] {
  const { client } = useEngine();
  return useMemo<readonly QueryField[]>(
    () => [
      { name: 'state', hint: 'running, crashed, …', values: VM_STATES },
      {
        name: 'host',
        hint: 'name of a host',
        values: (typed) =>
          client
            .query('fleet.hostList', { query: typed === '' ? '' : `name:"${typed}"`, limit: VALUES })
            .then(({ rows }) => rows.map((host) => host.name), none),
      },
      {
        name: 'cluster',
        hint: 'name of a cluster',
        values: (typed) =>
          client
            .query('fleet.clusterList', { query: typed === '' ? '' : `name:"${typed}"`, limit: VALUES })
            .then(({ rows }) => rows.map((cluster) => cluster.name), none),
      },
      {
        name: 'customer',
        hint: 'name of a customer',
        values: (typed) =>
          client
            .query('customers.customerList', { query: typed === '' ? '' : `name:"${typed}"`, limit: VALUES })
            .then(({ rows }) => rows.map((customer) => customer.name), none),
      },
      { name: 'tag', hint: 'a whole tag; several with commas' },
      { name: 'os', hint: 'Debian, Windows, …' },
      { name: 'name', hint: 'a part of the name' },
      { name: 'address', hint: 'a part of the IP address' },
      { name: 'cpu', hint: 'load in percent: cpu>80', operator: '>' },
      { name: 'memory', hint: 'memory>4GiB', operator: '>' },
      { name: 'disk', hint: 'disk>100GiB', operator: '>' },
      { name: 'vcpus', hint: 'vcpus>4', operator: '>' },
      { name: 'uptime', hint: 'uptime>30d, uptime<1h', operator: '>' },
      { name: 'created', hint: 'created>-7d, created<2026-01-01', operator: '>' },
      { name: 'has', hint: 'what it must have; -has: what it must lack', values: HAD },
    ],
    [client],
  );
}
