import { Link, useSearch } from 'wouter';
import type { HostFacts } from '../../../shared/domains/fleet/host-contract.ts';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { useMay } from '../../client/use-may.ts';
import { ActionButton } from '../../ui/button.tsx';
import { CapacityBar, ChartKey } from '../../ui/capacity-bar.tsx';
import { formatCount } from '../../ui/format.ts';
import { KeyValues } from '../../ui/key-values.tsx';
import { Timestamp } from '../../ui/moment.tsx';
import { Note } from '../../ui/note.tsx';
import { HostCharts } from './host-charts.tsx';
import { hostTimingWords } from './host-timing.ts';
import { SubjectTasks } from './subject-tasks.tsx';

function Capacity({ host }: { host: HostFacts }) {
  const share = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);
  const rows = [
    {
      label: 'CPU',
      used: host.cpuUsedPercent / 100,
      sold: share(host.cpuSold, host.cpuCount),
      words: `${host.cpuSold} vCPU sold on ${host.cpuCount}`,
    },
    {
      label: 'Memory',
      used: share(host.memoryUsedBytes, host.memoryBytes),
      sold: share(host.memorySoldBytes, host.memoryBytes),
      words: `${formatBytes(host.memorySoldBytes)} sold of ${formatBytes(host.memoryBytes)}`,
    },
    {
      label: 'Disk',
      used: share(host.diskBytes - host.diskFreeBytes, host.diskBytes),
      sold: share(host.diskBytes - host.diskFreeBytes, host.diskBytes),
      words: `${formatBytes(host.diskFreeBytes)} free of ${formatBytes(host.diskBytes)}`,
    },
  ];
  return (
    <section aria-label="Capacity">
      <div className="ik-sub">
        <h3>Capacity</h3>
        <span className="ik-row ik-xs ik-t3" style={{ gap: 12 }}>
          <ChartKey colour="var(--ik-chart-1)">used</ChartKey>
          <ChartKey colour="var(--ik-chart-1-soft)">sold</ChartKey>
        </span>
      </div>
      <div className="ik-caps">
        {rows.map((row) => (
          <div key={row.label} style={{ display: 'contents' }}>
            <span className="ik-t3">{row.label}</span>
            <CapacityBar used={row.used} sold={row.sold} width={120} />
            <span className="ik-tn">
              {Math.round(row.used * 100)} % <span className="ik-t3">used, {row.words}</span>
            </span>
          </div>
        ))}
      </div>
    </section>
  );
}

interface HostSummaryProps {
  host: HostFacts;
  /** Its address for moves is to be changed. */
  onMoveAddress: () => void;
}

function Facts({ host, onMoveAddress }: HostSummaryProps) {
  const may = useMay('fleet.administer');
  const clock = host.clockOffsetMs;
  return (
    <section aria-label="Facts">
      <div className="ik-sub">
        <h3>Facts</h3>
      </div>
      <KeyValues
        facts={[
          {
            label: 'Cluster',
            value: (
              <Link href={`/clusters/${host.clusterId}`} className="ik-link">
                {host.cluster}
              </Link>
            ),
          },
          { label: 'Labels', value: host.labels.length > 0 ? host.labels.join(', ') : null },
          { label: 'Entered as', value: `${host.user}@${host.address}:${host.port}` },
          { label: 'Through', value: host.jump || 'directly' },
          {
            label: 'Moves go to',
            value: (
              <span className="ik-row" style={{ gap: 8 }}>
                {host.moveAddress || host.address}
                <ActionButton
                  size="sm"
                  reason={may}
                  label="Change the address for moves"
                  onClick={onMoveAddress}
                >
                  Change…
                </ActionButton>
              </span>
            ),
          },
          {
            label: 'Host key',
            value: (
              <span title={host.hostKeyFingerprint} className="ik-mono">
                {host.hostKeyFingerprint}
              </span>
            ),
          },
          { label: 'Host name', value: host.hostname },
          {
            label: 'Processor',
            value: <span title={host.cpuModel}>{`${host.cpuCount} × ${host.cpuModel}`}</span>,
          },
          { label: 'NUMA', value: `${host.numaNodes} ${host.numaNodes === 1 ? 'node' : 'nodes'}` },
          {
            label: 'Software',
            value: `libvirt ${host.libvirtVersion}, QEMU ${host.qemuVersion}, ${host.arch}`,
          },
          {
            label: 'KVM',
            value: host.kvm ? 'yes' : <span className="ik-warn">no: guests are emulated and slow</span>,
          },
          {
            label: 'Clock',
            value:
              clock === null
                ? null
                : Math.abs(clock) < 1000
                  ? 'in step'
                  : `${(clock / 1000).toFixed(1)} s off`,
          },
          { label: 'Added', value: <Timestamp dated atMs={Date.parse(host.addedAt)} /> },
        ]}
      />
    </section>
  );
}

function Timings({ host }: { host: HostFacts }) {
  const { timings } = host;
  return (
    <section aria-label="Timings">
      <div className="ik-sub">
        <h3>Timings</h3>
        <span className="ik-xs ik-t3">of the last connection and the last collection</span>
      </div>
      <KeyValues
        facts={[
          { label: 'Connecting', value: `${formatCount(timings.connectMs)} ms` },
          {
            label: 'Collecting',
            value: `${formatCount(timings.sweepMs)} ms for ${formatCount(host.vms)} VMs`,
          },
          {
            label: 'Slowest call',
            value: timings.slowestCall
              ? `${timings.slowestCall}, ${formatCount(timings.slowestCallMs)} ms`
              : null,
          },
        ]}
      />
      <p className="ik-xs ik-t3">{hostTimingWords(host)}</p>
    </section>
  );
}

/** Problems, load over time, capacity, facts, timings and tasks of a host. */
export function HostSummary({ host, onMoveAddress }: HostSummaryProps) {
  const alone = new URLSearchParams(useSearch()).has('alone');
  return (
    <>
      {host.problemList.length > 0 ? (
        <section aria-label="Problems">
          <div className="ik-sub">
            <h3>Problems</h3>
            <span className="ik-xs ik-t3">{host.problemList.length}</span>
          </div>
          <div className="ik-problems" style={{ marginTop: 0 }}>
            {host.problemList.map((problem) => (
              <Note key={`${problem.code}${problem.sentence}`} tone="warn">
                {problem.sentence}
              </Note>
            ))}
          </div>
        </section>
      ) : null}
      <div className="ik-summary">
        <HostCharts host={host} height={alone ? 104 : 50} />
        <div>
          <Capacity host={host} />
          <Facts host={host} onMoveAddress={onMoveAddress} />
          <Timings host={host} />
          <section>
            <div className="ik-sub">
              <h3>Recent tasks</h3>
            </div>
            <SubjectTasks subjectId={host.id} limit={5} empty="No task was about this host yet." />
          </section>
        </div>
      </div>
    </>
  );
}
