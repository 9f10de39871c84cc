import type { CallInputOf } from '../../shared/contract/operation.ts';
import type { alertsContract } from '../../shared/domains/alerts/alerts-contract.ts';
import type { AlertsParts } from '../domains/alerts/alerts-parts.ts';
import type { AlertsTables } from '../domains/alerts/alerts-tables.ts';
import { evaluateAlerts } from '../domains/alerts/alert-evaluate.ts';
import { sendDueDeliveries } from '../domains/alerts/delivery-send.ts';
import type { Grouping } from '../domains/alerts/notice-make.ts';
import type { FleetTables } from '../domains/fleet/fleet-tables.ts';
import type { HostRecord, StoredFacts } from '../domains/fleet/hosts/host-store.ts';
import { LOAD_FIELDS } from '../domains/fleet/sweep/load-meter.ts';
import { mergeHostBlocks } from '../domains/fleet/sweep/load-record.ts';
import { vmRowAfter } from '../domains/fleet/vms/vm-row.ts';
import { insertVms, type VmRecord } from '../domains/fleet/vms/vm-store.ts';
import type { VmSighting } from '../domains/fleet/sweep/vm-sighting.ts';
import type { TasksTables } from '../domains/tasks/tasks-tables.ts';
import type { DutyGrant } from '../platform/store/duty-hold.ts';
import type { DomainsRoom } from './domains-room.ts';
import { hostRowForTest } from './host-row.ts';

export type ChannelConfig = CallInputOf<typeof alertsContract.channelSave>['config'];

/** The clock of one test, which all engines of its store go by. */
export interface TestClock {
  nowMs: number;
}

export type Grant = Pick<DutyGrant, 'guard' | 'signal'>;

/** Nobody else wants the duty. */
export const ALONE: Grant = { guard: async () => undefined, signal: new AbortController().signal };

/** The alerts of an engine on a clock of the test's own. */
export class AlertsRoom {
  readonly room: DomainsRoom;
  readonly clock: TestClock;
  parts: AlertsParts;

  constructor(room: DomainsRoom, clock: TestClock = { nowMs: Date.now() }) {
    this.room = room;
    this.clock = clock;
    this.parts = { ...room.domains.alerts, nowMs: async () => clock.nowMs };
  }

  get tables() {
    return this.room.store.tables<AlertsTables & FleetTables>();
  }

  /** One look at the fleet after so many seconds. */
  async look(afterSeconds = 0, options: { grouping?: Partial<Grouping>; grant?: Grant } = {}): Promise<void> {
    this.clock.nowMs += afterSeconds * 1000;
    const grouping = { windowMs: 0, spacingMs: 0, ...options.grouping };
    await evaluateAlerts(this.parts, options.grant ?? ALONE, grouping);
  }

  async send(afterSeconds = 0, grant: Grant = ALONE): Promise<void> {
    this.clock.nowMs += afterSeconds * 1000;
    await sendDueDeliveries(this.parts, grant);
  }

  /** `rule name: subject: state`, in order. */
  async alerts(): Promise<string[]> {
    const rows = await this.tables.selectFrom('alert').selectAll().execute();
    return rows.map((row) => `${row.rule_name}: ${row.subject_name}: ${row.state}`).toSorted();
  }

  async deliveries() {
    return await this.tables.selectFrom('alert_delivery').selectAll().orderBy('created_at_ms').execute();
  }

  async addHost(
    id: string,
    columns: Partial<HostRecord> = {},
    facts: Partial<StoredFacts> = {},
  ): Promise<void> {
    const row = hostRowForTest(id, this.clock.nowMs);
    const known = JSON.parse(row.facts) as StoredFacts;
    await this.tables
      .insertInto('host')
      .values({ ...row, facts: JSON.stringify({ ...known, ...facts }), ...columns })
      .execute();
  }

  /** CPU of a VM (by its UUID) or a host (by its id) over the whole minute that is over by now, or that many minutes before it. */
  async measured(hostId: string, subject: string, percent: number, minutesBefore = 0): Promise<void> {
    const { store } = this.room;
    const step = Math.floor(this.clock.nowMs / 60_000) - 1 - minutesBefore;
    await store.transaction<FleetTables, void>(async (trx) => {
      await store.insertMany(trx, 'series_subject', [{ name: subject }], { onConflict: 'ignore' });
      const { number } = await trx
        .selectFrom('series_subject')
        .select('number')
        .where('name', '=', subject)
        .executeTakeFirstOrThrow();
      const columns = LOAD_FIELDS.map((field) =>
        Float32Array.of(field === 'cpuPercent' ? percent : Number.NaN),
      );
      await mergeHostBlocks(trx, 1, [{ hostId, step, block: { keys: [number], columns } }]);
    });
  }

  /** A channel that takes everything; gives its id. */
  async addWebhook(name: string, url: string): Promise<string> {
    return await this.saveChannel({ kind: 'webhook', url }, { name });
  }

  /** Makes a channel that takes everything, or changes it; gives its id. */
  async saveChannel(
    config: ChannelConfig,
    { name = 'ops', ...more }: { readonly name?: string; readonly channelId?: string } = {},
  ): Promise<string> {
    const channel = { name, enabled: true, leastSeverity: 'info', config, ...more } as const;
    const saved = await this.room.call('alerts.channelSave', channel);
    if (typeof saved === 'string') throw new Error(saved);
    return saved.channelId;
  }

  async tryChannel(channelId: string): Promise<{ sent: boolean; sentence: string }> {
    const tried = await this.room.call('alerts.channelTest', { channelId });
    if (typeof tried === 'string') throw new Error(tried);
    return tried;
  }

  async setHosts(columns: Partial<HostRecord>, id?: string): Promise<void> {
    let query = this.tables.updateTable('host').set(columns);
    if (id !== undefined) query = query.where('id', '=', id);
    await query.execute();
  }

  async addVm(name: string, hostId: string, columns: Partial<VmRecord> = {}): Promise<void> {
    const sighting = { uuid: name, name, state: 'running', blocks: [] } as unknown as VmSighting;
    const row = vmRowAfter(undefined, sighting, { hostId, atMs: this.clock.nowMs });
    const { store } = this.room;
    await store.transaction(
      async (trx) => await insertVms(trx, store, [{ ...row, id: `vm_${name}`, ...columns }]),
    );
  }

  /** So many hosts that nothing was known of are away. */
  async hostsGo(count: number): Promise<void> {
    for (let at = 0; at < count; at += 1)
      await this.addHost(`hv${at}`, { state: 'unreachable', reason: `No <route> to hv${at}.` });
    await this.look();
  }

  /** A task that has failed with “The disk is full.” */
  async failTask(id: string): Promise<void> {
    await this.room.store
      .tables<TasksTables>()
      .insertInto('task')
      .values({
        id,
        kind: 'vm-provision',
        title: `Make ${id}`,
        subject_kind: 'none',
        subject_id: '',
        subject_name: '',
        input: '{}',
        task_key: null,
        retry_of: null,
        started_by: 'ada',
        state: 'failed',
        cancel_requested: 0,
        dismissed: 0,
        run_id: null,
        holder: null,
        claim_number: 0,
        step_title: '',
        steps_done: 0,
        steps_total: 1,
        progress_done: null,
        progress_total: null,
        progress_unit: null,
        created_at_ms: 1,
        started_at_ms: 1,
        changed_at_ms: 1,
        ended_at_ms: 1,
        error: 'The disk is full.',
        error_code: '',
        error_remote: '',
        result: '{}',
        owed: '',
      })
      .execute();
  }
}
