import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import IconArrowsRightLeft from '@tabler/icons-react/dist/esm/icons/IconArrowsRightLeft.mjs';
import IconChartBar from '@tabler/icons-react/dist/esm/icons/IconChartBar.mjs';
import IconMapQuestion from '@tabler/icons-react/dist/esm/icons/IconMapQuestion.mjs';
import IconPencil from '@tabler/icons-react/dist/esm/icons/IconPencil.mjs';
import type { ClusterRow, PlacementFilter } from '../../../shared/domains/fleet/cluster-contract.ts';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton, Button } from '../../ui/button.tsx';
import { CapacityBar } from '../../ui/capacity-bar.tsx';
import type { DetailStep } from '../../ui/detail-step.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { BytesText } from '../../ui/figures.tsx';
import { formatCount } from '../../ui/format.ts';
import { KeyValues } from '../../ui/key-values.tsx';
import { queryValue } from '../../ui/query-value.ts';
import { Skeleton } from '../../ui/skeleton.tsx';
import { DetailBody, DetailHead } from '../../ui/split-view.tsx';
import { toast } from '../../ui/toast.ts';
import { FullIn, LossLabel } from '../capacity/loss-words.tsx';
import { countryName } from '../customers/country-options.ts';
import { filterWords, policyWords, weeklyWords, windowWords } from './cluster-words.tsx';
import { HostStateLabel } from './host-state.tsx';

const HOSTS_SHOWN = 50;

function Capacity({ cluster }: { cluster: ClusterRow }) {
  const answer = useQuery(
    'capacity.capacityGet',
    { clusterId: cluster.id, days: 1 },
    { topics: ['host', 'cluster'], atMostEveryMs: 5000 },
  );
  const found = answer.data?.capacity;
  const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);
  return (
    <section aria-label="Capacity">
      <h3>
        Capacity
        <Link href={`/capacity/${cluster.id}`} className="ik-link ik-end ik-xs">
          Growth, and the loss of a host
        </Link>
      </h3>
      {found ? (
        <>
          <div className="ik-caps">
            <span className="ik-t3">Memory</span>
            <CapacityBar
              width={120}
              used={share(found.memory.used, found.memory.sellable)}
              sold={share(found.memory.sold, found.memory.sellable)}
            />
            <span className="ik-tn">
              {formatBytes(Math.max(0, found.memory.sellable - found.memory.sold))}{' '}
              <span className="ik-t3">free of {formatBytes(found.memory.sellable)} that may be sold</span>
            </span>
            <span className="ik-t3">vCPUs</span>
            <CapacityBar
              width={120}
              used={share(found.cpu.used, found.cpu.total)}
              sold={share(found.cpu.sold, found.cpu.sellable)}
            />
            <span className="ik-tn">
              {formatCount(Math.max(0, found.cpu.sellable - found.cpu.sold))}{' '}
              <span className="ik-t3">free of {formatCount(found.cpu.sellable)} that may be sold</span>
            </span>
            <span className="ik-t3">Disk</span>
            <CapacityBar
              width={120}
              used={share(found.disk.used, found.disk.total)}
              sold={share(found.disk.sold, found.disk.total)}
            />
            <span className="ik-tn">
              {formatBytes(Math.max(0, found.disk.total - found.disk.used))}{' '}
              <span className="ik-t3">free of {formatBytes(found.disk.total)}</span>
            </span>
          </div>
          <KeyValues
            columns={2}
            facts={[
              { label: 'If one fails', value: <LossLabel loss={found.worst} /> },
              { label: 'Full in', value: <FullIn growth={found.growth} /> },
            ]}
          />
        </>
      ) : answer.error ? (
        <ErrorPanel error={answer.error} onRetry={answer.refetch} />
      ) : (
        <Skeleton rows={3} />
      )}
    </section>
  );
}

/** A value that may take two lines. */
function Sentence({ children }: { children: string }) {
  return <span style={{ whiteSpace: 'normal' }}>{children}</span>;
}

/** A filter names its template or its customer by an id: here by the name it has now. */
function FilterSentence({ filter }: { filter: PlacementFilter }) {
  const { subject, value } = filter;
  const template = useQuery('templates.templateGet', subject === 'template' ? { templateId: value } : null);
  const customer = useQuery('customers.customerGet', subject === 'customer' ? { customerId: value } : null);
  const named = subject === 'template' ? template : customer;
  const name = named.data?.name ?? (named.error ? `a ${subject} that is no longer here` : '…');
  return <Sentence>{filterWords(filter, name)}</Sentence>;
}

function Rules({ cluster }: { cluster: ClusterRow }) {
  return (
    <section aria-label="Rules">
      <h3>Rules</h3>
      <KeyValues
        facts={[
          {
            label: 'Placement',
            value: (
              <Sentence>{`${policyWords[cluster.policy].word}: ${policyWords[cluster.policy].text}`}</Sentence>
            ),
          },
          { label: 'vCPUs', value: `${cluster.cpuOvercommit} may be sold for each CPU` },
          {
            label: 'Memory',
            value: (
              <Sentence>{`${Math.round(cluster.memoryOvercommit * 100)} % of what hosts have beside their own reserve may be sold`}</Sentence>
            ),
          },
          ...cluster.filters.map((filter, at) => ({
            label: at === 0 ? 'Filters' : '',
            value: <FilterSentence filter={filter} />,
          })),
        ]}
      />
      <h3>Maintenance</h3>
      <KeyValues
        facts={[
          { label: 'Now', value: windowWords(cluster.window) },
          ...cluster.windows.map((weekly, at) => ({
            label: at === 0 ? 'Windows' : '',
            value: `${weeklyWords(weekly)} (${cluster.timeZone})`,
          })),
        ]}
      />
    </section>
  );
}

function Hosts({ cluster }: { cluster: ClusterRow }) {
  const found = useQuery(
    'fleet.hostList',
    { query: `clusterid:${cluster.id}`, limit: HOSTS_SHOWN },
    { topics: ['host', 'cluster'], atMostEveryMs: 2000 },
  );
  const query = encodeURIComponent(`cluster:${queryValue(cluster.name)}`);
  const rows = found.data?.rows ?? [];
  return (
    <section>
      <h3>
        Hosts <span className="ik-meta ik-tn">{formatCount(cluster.hosts)}</span>
        {cluster.hosts > 0 ? (
          <span className="ik-row ik-end ik-xs" style={{ gap: 12 }}>
            <Link href={`/hosts?query=${query}`} className="ik-link">
              Open in the list
            </Link>
            <Link href={`/vms?query=${query}`} className="ik-link">
              Its VMs
            </Link>
          </span>
        ) : null}
      </h3>
      {found.data && rows.length === 0 ? (
        <p className="ik-none">
          No host is in it yet: tick hosts in the list of hosts and move them here, or connect one.
        </p>
      ) : !found.data ? (
        found.error ? (
          <ErrorPanel error={found.error} onRetry={found.refetch} />
        ) : (
          <Skeleton rows={3} />
        )
      ) : (
        <table className="ik-tb">
          <thead>
            <tr>
              <th>Name</th>
              <th>State</th>
              <th className="ik-num">VMs</th>
              <th className="ik-num">Memory sold</th>
              <th className="ik-num">Of</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((host) => (
              <tr key={host.id}>
                <td>
                  <Link href={`/hosts/${host.id}`} className="ik-link">
                    {host.name}
                  </Link>
                </td>
                <td title={host.reason}>
                  <HostStateLabel state={host.state} />
                </td>
                <td className="ik-num">{formatCount(host.vms)}</td>
                <td className="ik-num">
                  <BytesText bytes={host.memorySoldBytes} />
                </td>
                <td className="ik-num">
                  <BytesText bytes={host.memoryBytes} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function RemoveDialog(props: { cluster: ClusterRow; onClose: () => void; onGone: () => void }) {
  const { cluster } = props;
  const remove = useCommand('fleet.clusterRemove');
  const environment = useEnvironmentName();
  const confirm = async (): Promise<void> => {
    if (!(await remove.run({ clusterId: cluster.id }))) return;
    toast('ok', `${cluster.name} was removed`);
    props.onClose();
    props.onGone();
  };
  return (
    <ConfirmDialog
      title={`Remove ${cluster.name}`}
      environment={environment}
      action="Remove"
      danger
      busy={remove.pending}
      problem={remove.error?.sentence}
      onConfirm={() => void confirm()}
      onClose={props.onClose}
    >
      <p>
        It has no hosts. Its ratios, filters and maintenance windows are forgotten; its growth on record
        stays.
      </p>
    </ConfirmDialog>
  );
}

/** One cluster: capacity, rules, maintenance windows, hosts. */
export function ClusterDetail(props: { clusterId: string; onClose: () => void; step: DetailStep }) {
  const { clusterId, onClose, step } = props;
  const answer = useQuery(
    'fleet.clusterGet',
    { clusterId },
    { topics: ['cluster', 'host'], atMostEveryMs: 2000 },
  );
  const [, navigate] = useLocation();
  const [removing, setRemoving] = useState(false);
  const may = useMay('fleet.administer');
  const cluster = answer.data;
  if (answer.refusal === 'no-such-cluster') {
    return (
      <EmptyState
        icon={IconMapQuestion}
        title="This cluster is no longer here"
        action={<Button onClick={onClose}>Back to the list</Button>}
      >
        It was removed; its hosts are in others.
      </EmptyState>
    );
  }
  if (!cluster) {
    return answer.error ? (
      <ErrorPanel title="The cluster could not be read" error={answer.error} onRetry={answer.refetch} />
    ) : (
      <Skeleton rows={12} />
    );
  }
  return (
    <>
      <DetailHead
        title={cluster.name}
        facts={[
          cluster.site,
          cluster.jurisdiction && countryName(cluster.jurisdiction),
          `${formatCount(cluster.hosts)} ${cluster.hosts === 1 ? 'host' : 'hosts'}`,
          `${formatCount(cluster.vmsRunning)} of ${formatCount(cluster.vms)} VMs on`,
        ]
          .filter(Boolean)
          .join(' · ')}
        actions={
          <>
            <ActionButton
              icon={IconPencil}
              reason={may}
              onClick={() => {
                navigate(`/clusters/${cluster.id}/edit`);
              }}
            >
              Edit
            </ActionButton>
            <ActionButton
              icon={IconArrowsRightLeft}
              reason={may}
              onClick={() => {
                navigate(`/hosts?query=${encodeURIComponent(`-cluster:${queryValue(cluster.name)}`)}`);
              }}
            >
              Hosts of others
            </ActionButton>
            <Button
              icon={IconChartBar}
              onClick={() => {
                navigate(`/capacity/${cluster.id}`);
              }}
            >
              Capacity
            </Button>
            <ActionButton
              kind="danger-outline"
              reason={
                may ??
                (cluster.hosts > 0
                  ? `${formatCount(cluster.hosts)} ${cluster.hosts === 1 ? 'host is' : 'hosts are'} in it: move them first.`
                  : null)
              }
              onClick={() => {
                setRemoving(true);
              }}
            >
              Remove…
            </ActionButton>
          </>
        }
        onPrevious={step.previous}
        onNext={step.next}
        onClose={onClose}
        href={`/clusters/${cluster.id}`}
      />
      <DetailBody>
        <Capacity cluster={cluster} />
        <Rules cluster={cluster} />
        <Hosts cluster={cluster} />
      </DetailBody>
      {removing ? (
        <RemoveDialog
          cluster={cluster}
          onClose={() => {
            setRemoving(false);
          }}
          onGone={onClose}
        />
      ) : null}
    </>
  );
}
