import { useState } from 'react';
import { Link } from 'wouter';
import IconArrowsRightLeft from '@tabler/icons-react/dist/esm/icons/IconArrowsRightLeft.mjs';
import IconMapQuestion from '@tabler/icons-react/dist/esm/icons/IconMapQuestion.mjs';
import IconRefresh from '@tabler/icons-react/dist/esm/icons/IconRefresh.mjs';
import IconTag from '@tabler/icons-react/dist/esm/icons/IconTag.mjs';
import type { HostFacts } from '../../../shared/domains/fleet/host-contract.ts';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { useAddressParam } from '../../ui/address.ts';
import { ActionButton, Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { BytesText } from '../../ui/figures.tsx';
import { formatCount } from '../../ui/format.ts';
import { Ago, Timestamp } from '../../ui/moment.tsx';
import { Note } from '../../ui/note.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { DetailBody, DetailHead } from '../../ui/split-view.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import type { Tab } from '../../ui/tabs.tsx';
import { toast } from '../../ui/toast.ts';
import { SubjectAlerts } from '../alerts/subject-alerts.tsx';
import { HostMaintenance, HostMaintenanceAction } from '../moves/host-maintenance.tsx';
import { HostCharts } from './host-charts.tsx';
import { HostKeyChanged } from './host-key-changed.tsx';
import { HostLabelDialog } from './host-label-dialog.tsx';
import { HostMoveAddressDialog } from './host-move-address-dialog.tsx';
import { HostMoveDialog } from './host-move-dialog.tsx';
import { HostRemoveDialog } from './host-remove-dialog.tsx';
import { HostStateBadge, isHostHeard } from './host-state.tsx';
import { PoolTable, NetworkTable } from './host-resources.tsx';
import { LoadCell } from './load-words.tsx';
import type { DetailStep } from '../../ui/detail-step.ts';
import { VmStateLabel } from './vm-state.tsx';
import { HostSummary } from './host-summary.tsx';

type TabKey = 'summary' | 'metrics' | 'resources' | 'vms';
const VMS_SHOWN = 100;

function VmsOf({ host }: { host: HostFacts }) {
  const query = `host:"${host.name}"`;
  const found = useQuery(
    'fleet.vmList',
    { query, limit: VMS_SHOWN, sort: 'cpu', direction: 'desc' },
    { topics: ['vm'], atMostEveryMs: 2000 },
  );
  if (!found.data)
    return found.error ? <ErrorPanel error={found.error} onRetry={found.refetch} /> : <Skeleton rows={6} />;
  const { rows, total } = found.data;
  return (
    <>
      <p className="ik-sm ik-t2" style={{ marginBottom: 8 }}>
        {total > rows.length ? `The ${rows.length} busiest of ${formatCount(total)}. ` : ''}
        <Link href={`/vms?query=${encodeURIComponent(query)}`} className="ik-link">
          Open as a list of VMs
        </Link>
      </p>
      {rows.length === 0 ? <p className="ik-sm ik-t3">No VM is on it.</p> : null}
      <table className="ik-tb">
        <colgroup>
          <col />
          <col style={{ width: 110 }} />
          <col style={{ width: 60 }} />
          <col style={{ width: 70 }} />
          <col style={{ width: 96 }} />
        </colgroup>
        <thead>
          <tr>
            <th>Name</th>
            <th>State</th>
            <th className="ik-num">vCPU</th>
            <th className="ik-num">Memory</th>
            <th className="ik-num">CPU</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((vm) => (
            <tr key={vm.id}>
              <td>
                <Link href={`/vms/${vm.id}`} className="ik-med">
                  {vm.name}
                </Link>
              </td>
              <td>
                <VmStateLabel vm={vm} />
              </td>
              <td className="ik-num">{vm.vcpus}</td>
              <td className="ik-num">
                <BytesText bytes={vm.memoryBytes} />
              </td>
              <td className="ik-num">
                <LoadCell
                  percent={vm.cpuPercent}
                  label={`CPU of ${vm.name}`}
                  off={vm.uptimeSeconds === null}
                />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Standing({ host, may }: { host: HostFacts; may: string | null }) {
  if (host.state === 'key-changed') return <HostKeyChanged host={host} may={may} />;
  if (host.reason === '' || host.state === 'connected') return null;
  return (
    <Note tone={isHostHeard(host.state) || host.state === 'connecting' ? 'warn' : 'bad'}>
      {host.reason}{' '}
      <span className="ik-t2">
        Since <Timestamp atMs={Date.parse(host.stateSince)} />.
      </span>
    </Note>
  );
}

function Actions(props: { host: HostFacts; onRemove: () => void; onMove: () => void; onLabel: () => void }) {
  const { host, onRemove } = props;
  const refresh = useCommand('fleet.hostRefresh');
  const mayOperate = useMay('fleet.operate');
  const mayAdminister = useMay('fleet.administer');
  return (
    <>
      <ActionButton
        icon={IconRefresh}
        busy={refresh.pending}
        reason={mayOperate}
        onClick={() =>
          void refresh.run({ hostId: host.id }).then((done) => {
            if (done)
              toast(
                'ok',
                `${host.name} is being collected`,
                isHostHeard(host.state) ? '' : 'A connection is tried now.',
              );
          })
        }
      >
        {isHostHeard(host.state) ? 'Collect now' : 'Connect again'}
      </ActionButton>
      <HostMaintenanceAction host={host} />
      <ActionButton icon={IconArrowsRightLeft} reason={mayAdminister} onClick={props.onMove}>
        Move to cluster…
      </ActionButton>
      <ActionButton icon={IconTag} reason={mayAdminister} onClick={props.onLabel}>
        Labels…
      </ActionButton>
      <ActionButton kind="danger-outline" reason={mayAdminister} onClick={onRemove}>
        Remove…
      </ActionButton>
    </>
  );
}

/** One host: how it stands, its problems in words, capacity, facts, timings, pools, networks and VMs. */
export function HostDetail({
  hostId,
  onClose,
  step,
}: {
  hostId: string;
  onClose: () => void;
  step: DetailStep;
}) {
  const answer = useQuery('fleet.hostGet', { hostId }, { topics: ['host', 'cluster'] });
  const [asked, setAsked] = useState<'remove' | 'move' | 'label' | 'move-address' | null>(null);
  const close = (): void => {
    setAsked(null);
  };
  const may = useMay('fleet.administer');
  const [text, setTab] = useAddressParam('tab', 'summary');
  const host = answer.data;
  if (answer.refusal === 'no-such-host') {
    return (
      <EmptyState
        icon={IconMapQuestion}
        title="This host is no longer here"
        action={<Button onClick={onClose}>Back to the list</Button>}
      >
        It was removed from the fleet. Its VMs run on.
      </EmptyState>
    );
  }
  if (!host) {
    return answer.error ? (
      <ErrorPanel title="The host could not be read" error={answer.error} onRetry={answer.refetch} />
    ) : (
      <Skeleton rows={12} />
    );
  }
  const tabs: readonly Tab<TabKey>[] = [
    { key: 'summary', label: 'Summary' },
    { key: 'metrics', label: 'Metrics' },
    { key: 'resources', label: 'Pools and networks' },
    { key: 'vms', label: 'VMs', count: formatCount(host.vms) },
  ];
  const tab = tabs.find((each) => each.key === text)?.key ?? 'summary';
  return (
    <>
      <DetailHead
        title={host.name}
        badge={<HostStateBadge state={host.state} />}
        facts={`${host.cluster} · ${host.cpuCount} CPUs · ${formatBytes(host.memoryBytes)} · ${formatCount(host.vmsRunning)} of ${formatCount(host.vms)} VMs on`}
        freshness={
          host.seenAt ? (
            <>
              Heard <Ago atMs={Date.parse(host.seenAt)} />
            </>
          ) : (
            'Not heard yet'
          )
        }
        actions={
          <Actions
            host={host}
            onRemove={() => {
              setAsked('remove');
            }}
            onMove={() => {
              setAsked('move');
            }}
            onLabel={() => {
              setAsked('label');
            }}
          />
        }
        tabs={<Tabs label={`Parts of ${host.name}`} tabs={tabs} value={tab} onChange={setTab} />}
        onPrevious={step.previous}
        onNext={step.next}
        onClose={onClose}
        href={`/hosts/${host.id}`}
      />
      <DetailBody>
        <div
          role="tabpanel"
          className="ik-tabpanel"
          aria-label={tabs.find((each) => each.key === tab)?.label}
        >
          <Standing host={host} may={may} />
          <SubjectAlerts kind="host" id={host.id} name={host.name} />
          <HostMaintenance host={host} />
          {tab === 'summary' ? (
            <HostSummary
              host={host}
              onMoveAddress={() => {
                setAsked('move-address');
              }}
            />
          ) : null}
          {tab === 'metrics' ? <HostCharts host={host} height={112} /> : null}
          {tab === 'resources' ? (
            <>
              <PoolTable pools={host.pools} />
              <NetworkTable networks={host.networks} />
            </>
          ) : null}
          {tab === 'vms' ? <VmsOf host={host} /> : null}
        </div>
      </DetailBody>
      {asked === 'remove' ? <HostRemoveDialog host={host} onClose={close} onGone={onClose} /> : null}
      {asked === 'move' ? <HostMoveDialog hosts={[host]} onClose={close} onDone={close} /> : null}
      {asked === 'move-address' ? <HostMoveAddressDialog host={host} onClose={close} /> : null}
      {asked === 'label' ? <HostLabelDialog hosts={[host]} onClose={close} onDone={close} /> : null}
    </>
  );
}
