import { Link, useSearch } from 'wouter';
import IconMapQuestion from '@tabler/icons-react/dist/esm/icons/IconMapQuestion.mjs';
import type { VmDetail as Vm } from '../../../shared/domains/fleet/vm-contract.ts';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { useAddressParam } from '../../ui/address.ts';
import { Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Ago, useNow } from '../../ui/moment.tsx';
import { formatClock, formatDuration } from '../../ui/format.ts';
import { Note } from '../../ui/note.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { DetailBody, DetailHead } from '../../ui/split-view.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import type { Tab } from '../../ui/tabs.tsx';
import type { DetailStep } from '../../ui/detail-step.ts';
import { SubjectAlerts } from '../alerts/subject-alerts.tsx';
import { HardwareTab } from '../hardware/hardware-tab.tsx';
import { SnapshotsTab } from '../hardware/snapshots-tab.tsx';
import { SubjectTasks } from './subject-tasks.tsx';
import { VmActions } from './vm-actions.tsx';
import { VmCharts } from './vm-charts.tsx';
import { VmConsoleTab, VmScreenTab } from './vm-console-tab.tsx';
import { VmEventsTab, VmXmlTab } from './vm-device-tabs.tsx';
import { VmFacts } from './vm-facts.tsx';
import { VmScreenshot } from './vm-screenshot.tsx';
import { VmStateBadge } from './vm-state.tsx';

type TabKey =
  | 'summary'
  | 'console'
  | 'screen'
  | 'metrics'
  | 'hardware'
  | 'snapshots'
  | 'tasks'
  | 'events'
  | 'xml';

const TABS: readonly Tab<TabKey>[] = [
  { key: 'summary', label: 'Summary' },
  { key: 'console', label: 'Console' },
  { key: 'screen', label: 'Screen' },
  { key: 'metrics', label: 'Metrics' },
  { key: 'hardware', label: 'Hardware' },
  { key: 'snapshots', label: 'Snapshots' },
  { key: 'tasks', label: 'Tasks' },
  { key: 'events', label: 'Events' },
  { key: 'xml', label: 'XML' },
];

function Freshness({ vm, readMs, stale }: { vm: Vm; readMs: number; stale: boolean }) {
  const host = useQuery('fleet.hostGet', { hostId: vm.hostId });
  const seenMs = host.data?.seenAt ? Date.parse(host.data.seenAt) : null;
  if (vm.staleSince !== null) {
    return (
      <>
        Last heard <Ago atMs={Date.parse(vm.staleSince)} />
      </>
    );
  }
  if (stale || seenMs === null) {
    return (
      <>
        Read <Ago atMs={readMs} />
      </>
    );
  }
  return (
    <>
      Collected {formatClock(seenMs, true)}, <Ago atMs={seenMs} />
    </>
  );
}

function StaleNote({ vm }: { vm: Vm }) {
  const nowMs = useNow();
  if (vm.staleSince === null) return null;
  return (
    <Note tone="warn">
      {vm.host} was last heard {formatDuration(nowMs - Date.parse(vm.staleSince))} ago; what stands here is as
      old as that.{' '}
      <Link href={`/hosts/${vm.hostId}`} className="ik-link">
        See what is wrong with it
      </Link>
    </Note>
  );
}

function Summary({ vm, may, onTab }: { vm: Vm; may: string | null; onTab: (tab: TabKey) => void }) {
  const alone = new URLSearchParams(useSearch()).has('alone');
  return (
    <div className="ik-summary">
      <VmCharts vm={vm} height={alone ? 104 : 50} />
      <div>
        <VmFacts vm={vm} may={may} />
        <section>
          <div className="ik-sub">
            <h3>Recent tasks</h3>
          </div>
          <SubjectTasks subjectId={vm.id} limit={5} empty="Nothing was done to it from here yet." />
        </section>
        <VmScreenshot
          vm={vm}
          onOpen={() => {
            onTab('screen');
          }}
        />
      </div>
    </div>
  );
}

function TabPanel({
  tab,
  vm,
  may,
  onTab,
}: {
  tab: TabKey;
  vm: Vm;
  may: string | null;
  onTab: (tab: TabKey) => void;
}) {
  switch (tab) {
    case 'summary':
      return <Summary vm={vm} may={may} onTab={onTab} />;
    case 'console':
      return <VmConsoleTab vm={vm} may={may} />;
    case 'screen':
      return <VmScreenTab vm={vm} may={may} />;
    case 'metrics':
      return <VmCharts vm={vm} height={112} />;
    case 'hardware':
      return <HardwareTab vm={vm} may={may} />;
    case 'snapshots':
      return <SnapshotsTab vm={vm} may={may} />;
    case 'tasks':
      return <SubjectTasks subjectId={vm.id} limit={100} empty="Nothing was done to it from here yet." />;
    case 'events':
      return <VmEventsTab vmId={vm.id} />;
    case 'xml':
      return <VmXmlTab vmId={vm.id} />;
  }
}

/** One VM: state, actions, load, facts, console, screen and the rest in tabs. */
export function VmDetail({ vmId, onClose, step }: { vmId: string; onClose: () => void; step: DetailStep }) {
  const answer = useQuery('fleet.vmGet', { vmId }, { topics: ['vm', 'host', 'customer', 'subscription'] });
  const may = useMay('fleet.operate');
  const [text, setTab] = useAddressParam('tab', 'summary');
  const tab = TABS.find((each) => each.key === text)?.key ?? 'summary';
  const vm = answer.data;
  if (answer.refusal === 'no-such-vm') {
    return (
      <EmptyState
        icon={IconMapQuestion}
        title="This VM is no longer here"
        action={<Button onClick={onClose}>Back to the list</Button>}
      >
        It was deleted, or its host was removed.
      </EmptyState>
    );
  }
  if (!vm) {
    return answer.error ? (
      <ErrorPanel title="The VM could not be read" error={answer.error} onRetry={answer.refetch} />
    ) : (
      <Skeleton rows={12} />
    );
  }
  return (
    <>
      <DetailHead
        title={vm.name}
        badge={<VmStateBadge vm={vm} />}
        facts={
          <>
            {vm.vcpus} vCPU · {formatBytes(vm.memoryBytes)}
            {vm.diskBytes > 0 ? ` · ${formatBytes(vm.diskBytes)}` : ''}
            {vm.address ? <span className="ik-t3"> · {vm.address}</span> : null}
          </>
        }
        freshness={<Freshness vm={vm} readMs={answer.readMs} stale={answer.stale} />}
        actions={
          <VmActions
            vm={vm}
            may={may}
            onConsole={() => {
              setTab('console');
            }}
            onGone={onClose}
          />
        }
        tabs={<Tabs label={`Parts of ${vm.name}`} tabs={TABS} value={tab} onChange={setTab} />}
        onPrevious={step.previous}
        onNext={step.next}
        onClose={onClose}
        href={`/vms/${vm.id}`}
      />
      <DetailBody>
        <StaleNote vm={vm} />
        <SubjectAlerts kind="vm" id={vm.id} name={vm.name} />
        <div
          role="tabpanel"
          className={vm.staleSince === null ? 'ik-tabpanel' : 'ik-tabpanel ik-stale'}
          aria-label={TABS.find((each) => each.key === tab)?.label}
        >
          <TabPanel tab={tab} vm={vm} may={may} onTab={setTab} />
        </div>
      </DetailBody>
    </>
  );
}
