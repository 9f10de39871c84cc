import type { ClusterRow } from '../../../shared/domains/fleet/cluster-contract.ts';
import { GIB } from '../../../shared/kernel/bytes.ts';
import { CapacityBar } from '../../ui/capacity-bar.tsx';
import { BytesText } from '../../ui/figures.tsx';
import { formatCount } from '../../ui/format.ts';
import type { TableColumn } from '../../ui/table-column.ts';
import { policyWords, windowWords } from './cluster-words.tsx';

const none = <span className="ik-t3">–</span>;
const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

/** Columns of the list of clusters. */
export const clusterColumns: readonly TableColumn<ClusterRow>[] = [
  {
    key: 'name',
    title: 'Name',
    width: 120,
    grow: true,
    fixed: true,
    sortable: true,
    cell: (cluster) => <span className="ik-med">{cluster.name}</span>,
    text: (cluster) => cluster.name,
  },
  {
    key: 'site',
    title: 'Site',
    width: 170,
    sortable: true,
    cell: (cluster) =>
      cluster.site || cluster.jurisdiction ? (
        <span className="ik-el">{[cluster.jurisdiction, cluster.site].filter(Boolean).join(' · ')}</span>
      ) : (
        none
      ),
    text: (cluster) => [cluster.jurisdiction, cluster.site].filter(Boolean).join(' '),
  },
  {
    key: 'hosts',
    title: 'Hosts',
    width: 66,
    align: 'right',
    sortable: true,
    cell: (cluster) =>
      cluster.hostsConnected < cluster.hosts ? (
        <span className="ik-warn" title="connected / all">
          {formatCount(cluster.hostsConnected)} / {formatCount(cluster.hosts)}
        </span>
      ) : (
        formatCount(cluster.hosts)
      ),
    text: (cluster) => String(cluster.hosts),
  },
  {
    key: 'vms',
    title: 'VMs on',
    width: 92,
    align: 'right',
    sortable: true,
    cell: (cluster) => (
      <>
        {formatCount(cluster.vmsRunning)} <span className="ik-u">of {formatCount(cluster.vms)}</span>
      </>
    ),
    text: (cluster) => `${cluster.vmsRunning}/${cluster.vms}`,
  },
  {
    key: 'memory',
    title: 'Memory used, sold',
    width: 196,
    sortable: true,
    cell: (cluster) => (
      <span className="ik-row">
        <CapacityBar
          width={56}
          used={share(cluster.memoryUsedBytes, cluster.memoryBytes)}
          sold={share(cluster.memorySoldBytes, cluster.memoryBytes)}
        />
        <span className="ik-tn">
          <BytesText bytes={cluster.memorySoldBytes} />{' '}
          <span className="ik-u">
            of <BytesText bytes={cluster.memoryBytes} />
          </span>
        </span>
      </span>
    ),
    text: (cluster) =>
      `${Math.round(cluster.memorySoldBytes / GIB)} / ${Math.round(cluster.memoryBytes / GIB)} GiB`,
  },
  {
    key: 'ratios',
    title: 'vCPU, memory ratio',
    width: 112,
    align: 'right',
    cell: (cluster) => (
      <span className="ik-tn">
        {cluster.cpuOvercommit} <span className="ik-u">:1,</span> {cluster.memoryOvercommit}{' '}
        <span className="ik-u">:1</span>
      </span>
    ),
    text: (cluster) => `${cluster.cpuOvercommit}:1, ${cluster.memoryOvercommit}:1`,
  },
  {
    key: 'policy',
    title: 'Placement',
    width: 84,
    cell: (cluster) => policyWords[cluster.policy].word,
    text: (cluster) => cluster.policy,
  },
  {
    key: 'window',
    title: 'Maintenance',
    width: 170,
    spare: true,
    cell: (cluster) => <span className="ik-el">{windowWords(cluster.window)}</span>,
    text: (cluster) => windowWords(cluster.window),
  },
];
