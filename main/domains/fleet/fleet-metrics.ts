import type { Kysely } from 'kysely';
import { HOST_STATES } from '../../../shared/domains/fleet/host-rules.ts';
import type { HostFacts } from '../../../shared/domains/fleet/host-contract.ts';
import type { VmState } from '../../../shared/domains/fleet/vm-rules.ts';
import {
  familyLines,
  sampleLine,
  type MetricFamily,
  type MetricLabels,
} from '../../platform/metrics/metrics-text.ts';
import type { FleetTables } from './fleet-tables.ts';
import type { HostRecord } from './hosts/host-store.ts';
import type { Load } from './sweep/load-meter.ts';
import { unpackLoads } from './sweep/load-record.ts';
import { MINUTES } from './series/series-tiers.ts';
import { isPowered } from './sweep/vm-statistics.ts';

type Db = Kysely<FleetTables>;

/** Whoever has more VMs than this is told of the first and how many are left out: what is scraped has a bound. */
export const METRICS_VMS_MAX = 100_000;
/** A load older than this is not told any more. */
const LOAD_AGE_MINUTES = 5;
const ROWS_AT_ONCE = 2000;
/** As many as a stored load has. */
const DIGITS = 7;

const gauge = (name: string, help: string): MetricFamily => ({
  name: `innkeeper_${name}`,
  help,
  type: 'gauge',
});

interface HostMetric extends MetricFamily {
  readonly value: (host: HostRecord) => number | null;
}

const host = (name: string, help: string, value: HostMetric['value']): HostMetric => ({
  ...gauge(`host_${name}`, help),
  value,
});
const timing =
  (name: 'connectMs' | 'sweepMs' | 'slowestCallMs') =>
  (row: HostRecord): number =>
    timingsOf(row)[name] / 1000;

const hostMetrics: readonly HostMetric[] = [
  host('up', 'Whether the host is connected (1) or not (0).', ({ state }) =>
    state === 'connected' || state === 'slow' ? 1 : 0,
  ),
  host('seen_timestamp_seconds', 'When the host was last swept.', (row) =>
    row.seen_at_ms === null ? null : row.seen_at_ms / 1000,
  ),
  host('sweep_duration_seconds', 'What the last sweep of the host took.', timing('sweepMs')),
  host('connect_duration_seconds', 'What it took to connect to the host.', timing('connectMs')),
  host('slowest_call_seconds', 'What the slowest call of the last sweep took.', timing('slowestCallMs')),
  host('cpus', 'Processors of the host.', (row) => row.cpu_count),
  host('cpu_used_ratio', 'Of its processor time, what was used.', (row) => row.cpu_used_percent / 100),
  host('vcpus_sold', 'Virtual processors of its VMs.', (row) => row.cpu_sold),
  host('memory_bytes', 'Memory of the host.', (row) => row.memory_bytes),
  host('memory_used_bytes', 'Memory in use on the host.', (row) => row.memory_used_bytes),
  host('memory_sold_bytes', 'Memory of its VMs.', (row) => row.memory_sold_bytes),
  host('disk_bytes', 'Size of its storage pools.', (row) => row.disk_bytes),
  host('disk_free_bytes', 'What is free in its storage pools.', (row) => row.disk_free_bytes),
  host('vms', 'VMs on the host.', (row) => row.vms),
  host('vms_running', 'VMs that run on the host.', (row) => row.vms_running),
  host('problems', 'What is wrong with how the host is set up.', (row) => row.problems),
];

interface LoadMetric extends MetricFamily {
  readonly field: keyof Load;
  /** Of this unit in one of the load's own. */
  readonly factor: number;
}

const load =
  (of: 'vm' | 'host') =>
  (field: keyof Load, name: string, help: string, factor = 1): LoadMetric => ({
    ...gauge(`${of}_${name}`, help),
    field,
    factor,
  });
const vmLoad = load('vm');
const hostLoad = load('host');

/** Averages over the last whole minute; what a chart reads back, see prometheus-series.ts. */
export const loadMetrics: readonly LoadMetric[] = [
  vmLoad('cpuPercent', 'cpu_used_ratio', 'Of the time of all its vCPUs, what was used.', 0.01),
  vmLoad('stealPercent', 'cpu_steal_ratio', 'Of that time, what its vCPUs waited for the host.', 0.01),
  vmLoad(
    'memoryBytes',
    'memory_used_bytes',
    'Memory in use in the VM, or by it where the guest does not say.',
  ),
  vmLoad('diskReadRate', 'disk_read_bytes_per_second', 'Read from its disks.'),
  vmLoad('diskWriteRate', 'disk_write_bytes_per_second', 'Written to its disks.'),
  vmLoad('diskReadOpsRate', 'disk_read_operations_per_second', 'Readings of its disks.'),
  vmLoad('diskWriteOpsRate', 'disk_write_operations_per_second', 'Writings to its disks.'),
  vmLoad('netReceiveRate', 'network_receive_bytes_per_second', 'Received from the network.'),
  vmLoad('netTransmitRate', 'network_transmit_bytes_per_second', 'Sent to the network.'),
];

/** What its VMs did in that minute, together. */
const hostVmsMetrics: readonly LoadMetric[] = [
  hostLoad('stealPercent', 'cpu_steal_ratio', 'Of the time of its VMs, what they waited for the host.', 0.01),
  hostLoad('diskReadRate', 'disk_read_bytes_per_second', 'Read by its VMs.'),
  hostLoad('diskWriteRate', 'disk_write_bytes_per_second', 'Written by its VMs.'),
  hostLoad('diskReadOpsRate', 'disk_read_operations_per_second', 'Readings of its VMs.'),
  hostLoad('diskWriteOpsRate', 'disk_write_operations_per_second', 'Writings of its VMs.'),
  hostLoad('netReceiveRate', 'network_receive_bytes_per_second', 'Received by its VMs.'),
  hostLoad('netTransmitRate', 'network_transmit_bytes_per_second', 'Sent by its VMs.'),
];

/** The same of a host, whose own processors and memory are among the figures above. */
export const hostLoadMetrics: readonly LoadMetric[] = [
  hostLoad('cpuPercent', 'cpu_used_ratio', '', 0.01),
  hostLoad('memoryBytes', 'memory_used_bytes', ''),
  ...hostVmsMetrics,
];

/**
 * The fleet as it stands in the store, in Prometheus' text format, a piece at a time. A VM is named by its UUID alone, so that neither a
 * rename nor a move makes new series of all its figures; its name and host stand in `innkeeper_vm_info`.
 */
export async function* fleetMetrics(
  db: Db,
  asked: { readonly nowMs: number; readonly mostVms?: number },
): AsyncGenerator<string, void, undefined> {
  const hosts = await db
    .selectFrom('host')
    .selectAll()
    .where('removed_at_ms', 'is', null)
    .orderBy('name')
    .execute();
  const loads = await loadsNow(db, asked.nowMs);
  yield* hostLines(hosts);
  yield* hostLoadLines(hosts, { loads, numbers: await numbersOf(db, hosts) });
  yield* vmLines(db, { ...asked, loads, names: new Map(hosts.map(({ id, name }) => [id, name])) });
}

function* hostLines(hosts: readonly HostRecord[]): Generator<string, void, undefined> {
  const info = gauge('host_info', 'What the host runs.');
  yield (
    familyLines(info) +
      hosts
        .map((row) =>
          sampleLine(
            info.name,
            { host: row.name, address: row.address, libvirt: row.libvirt_version, qemu: row.qemu_version },
            1,
          ),
        )
        .join('')
  );
  const state = gauge('host_state', 'In which of its states the host is (1); the others are 0.');
  yield (
    familyLines(state) +
      hosts
        .flatMap((row) =>
          HOST_STATES.map((one) =>
            sampleLine(state.name, { host: row.name, state: one }, row.state === one ? 1 : 0),
          ),
        )
        .join('')
  );
  for (const metric of hostMetrics)
    yield (
      familyLines(metric) +
        hosts.map((row) => maybe(metric.name, { host: row.name }, metric.value(row))).join('')
    );
}

function* hostLoadLines(
  hosts: readonly HostRecord[],
  of: { readonly loads: ReadonlyMap<number, Load>; readonly numbers: ReadonlyMap<string, number> },
): Generator<string, void, undefined> {
  for (const metric of hostVmsMetrics)
    yield (
      familyLines(metric) +
        hosts
          .map((row) =>
            maybe(
              metric.name,
              { host: row.name },
              loadValue(metric, of.loads.get(of.numbers.get(row.id) ?? -1)),
            ),
          )
          .join('')
    );
}

function loadValue(metric: LoadMetric, one: Load | undefined): number | null {
  const value = one?.[metric.field] ?? null;
  return value === null ? null : Number((value * metric.factor).toPrecision(DIGITS));
}

/** Numbers under which the load of hosts is kept. */
async function numbersOf(db: Db, hosts: readonly HostRecord[]): Promise<Map<string, number>> {
  if (hosts.length === 0) return new Map();
  const rows = await db
    .selectFrom('series_subject')
    .select(['name', 'number'])
    .where(
      'name',
      'in',
      hosts.map(({ id }) => id),
    )
    .execute();
  return new Map(rows.map(({ name, number }) => [name, number]));
}

interface VmLine {
  readonly uuid: string;
  readonly name: string;
  readonly host_id: string;
  readonly state: string;
  readonly vcpus: number;
  readonly memory_bytes: number;
  readonly number: number | null;
}

async function* vmLines(
  db: Db,
  asked: { loads: ReadonlyMap<number, Load>; mostVms?: number; names: ReadonlyMap<string, string> },
): AsyncGenerator<string, void, undefined> {
  const most = asked.mostVms ?? METRICS_VMS_MAX;
  const { total } = await db
    .selectFrom('vm')
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const vms = await vmsOf(db, most);
  const left = gauge('vms_left_out', `VMs that are not told of, because there are more than ${most}.`);
  yield familyLines(left) + sampleLine(left.name, {}, Math.max(0, Number(total) - vms.length));
  const info = gauge('vm_info', 'Name and host of a VM.');
  yield* family(info, vms, (vm) =>
    sampleLine(info.name, { vm: vm.uuid, name: vm.name, host: asked.names.get(vm.host_id) ?? '' }, 1),
  );
  const state = gauge('vm_state', 'The state a VM is in.');
  yield* family(state, vms, (vm) => sampleLine(state.name, { vm: vm.uuid, state: vm.state }, 1));
  const up = gauge('vm_up', 'Whether a VM is on (1) or not (0).');
  yield* family(up, vms, (vm) =>
    sampleLine(up.name, { vm: vm.uuid }, isPowered(vm.state as VmState) ? 1 : 0),
  );
  const vcpus = gauge('vm_vcpus', 'vCPUs of a VM.');
  yield* family(vcpus, vms, (vm) => sampleLine(vcpus.name, { vm: vm.uuid }, vm.vcpus));
  const memory = gauge('vm_memory_bytes', 'Memory of a VM.');
  yield* family(memory, vms, (vm) => sampleLine(memory.name, { vm: vm.uuid }, vm.memory_bytes));
  for (const metric of loadMetrics)
    yield* family(metric, vms, (vm) =>
      maybe(
        metric.name,
        { vm: vm.uuid },
        loadValue(metric, vm.number === null ? undefined : asked.loads.get(vm.number)),
      ),
    );
}

function* family(
  metric: MetricFamily,
  vms: readonly VmLine[],
  line: (vm: VmLine) => string,
): Generator<string, void, undefined> {
  yield familyLines(metric);
  for (let start = 0; start < vms.length; start += ROWS_AT_ONCE)
    yield vms
      .slice(start, start + ROWS_AT_ONCE)
      .map(line)
      .join('');
}

async function vmsOf(db: Db, most: number): Promise<VmLine[]> {
  return await db
    .selectFrom('vm')
    .leftJoin('series_subject', 'series_subject.name', 'vm.uuid')
    .select([
      'vm.uuid',
      'vm.name',
      'vm.host_id',
      'vm.state',
      'vm.vcpus',
      'vm.memory_bytes',
      'series_subject.number',
    ])
    .orderBy('vm.uuid')
    .limit(most)
    .execute();
}

/** The newest minute of each subject, by its number. */
async function loadsNow(db: Db, nowMs: number): Promise<Map<number, Load>> {
  const rows = await db
    .selectFrom('series_host_block')
    .select('block')
    .where('step_minutes', '=', MINUTES.stepMinutes)
    .where('step', '>=', Math.floor(nowMs / 60_000) - LOAD_AGE_MINUTES)
    .orderBy('step')
    .execute();
  const loads = new Map<number, Load>();
  for (const { block } of rows) {
    for (const [subject, one] of unpackLoads(block)) loads.set(subject, one);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return loads;
}

function maybe(name: string, labels: MetricLabels, value: number | null): string {
  return value === null ? '' : sampleLine(name, labels, value);
}

function timingsOf(row: HostRecord): HostFacts['timings'] {
  return JSON.parse(row.timings) as HostFacts['timings'];
}
