import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import type { AlertCondition } from '../../../shared/domains/alerts/alerts-contract.ts';
import { AlertsRoom, type Grant } from '../../testing/alerts-room.ts';
import { closePressForTest } from '../../testing/billing-room.ts';
import { twoDomainsRooms, type DomainsRoom } from '../../testing/domains-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { LeaseLost } from '../../platform/store/store-error.ts';
import { noticeMessage } from '../../../shared/domains/alerts/alerts-contract.ts';

const GIB = 1024 ** 3;
const HOUR_MS = 3_600_000;

afterAll(closePressForTest);

describeOnBothStores('alerts', (stores) => {
  let rooms: readonly [DomainsRoom, DomainsRoom];
  let alerts: AlertsRoom;

  beforeEach(async () => {
    rooms = await twoDomainsRooms(stores);
    alerts = new AlertsRoom(rooms[0]);
  });
  afterEach(async () => {
    for (const room of rooms) await room.close();
  });

  /** One rule alone, firing at once. */
  async function onlyRule(
    condition: AlertCondition,
    more: { hold?: number; clear?: number } = {},
  ): Promise<string> {
    await alerts.tables.deleteFrom('alert_rule').execute();
    const saved = await rooms[0].call('alerts.ruleSave', {
      name: 'R',
      condition,
      severity: 'warning',
      holdSeconds: more.hold ?? 0,
      clearSeconds: more.clear ?? 0,
      enabled: true,
    });
    return (saved as { ruleId: string }).ruleId;
  }

  /** A fleet with one of everything wrong. */
  async function fleet(): Promise<void> {
    const pool = (name: string, free: number) => ({
      name,
      type: 'dir',
      path: '/',
      active: true,
      capacityBytes: 100 * GIB,
      allocationBytes: 0,
      availableBytes: free * GIB,
    });
    await alerts.addHost(
      'hv1',
      { cpu_used_percent: 97, memory_sold_bytes: 80 * GIB },
      { clockOffsetMs: -5000 },
    );
    await alerts.addHost('hv2', {}, { pools: [pool('default', 4), pool('big', 60)] });
    await alerts.addHost('hv3', { state: 'unreachable', reason: 'No route to it.', vms: 3 });
    await alerts.addVm('a', 'hv1', { cpu_percent: 99 });
    await alerts.addVm('b', 'hv1', { state: 'crashed' });
    await alerts.addVm('c', 'hv2');
    // Nobody hears that host: what was last known of its VMs begins nothing.
    await alerts.addVm('d', 'hv3', { cpu_percent: 99, state: 'running' });
    await alerts.failTask('task_1');
  }

  test('each kind of rule finds what it is about, and nothing else', async () => {
    await fleet();
    const cases: readonly (readonly [AlertCondition, readonly string[]])[] = [
      [{ kind: 'host-unreachable' }, ['hv3: No route to it. 3 VMs on it are not heard.']],
      [{ kind: 'vm-crashed' }, ['b: It crashed on hv1.']],
      [{ kind: 'pool-over', percent: 90 }, ['default on hv2: 96 % full: 96 GiB of 100 GiB.']],
      [{ kind: 'pool-over', percent: 96 }, []],
      [
        { kind: 'memory-overcommitted', percent: 100 },
        ['hv1: 125 % of what it may sell is sold: 80 GiB of 64 GiB.'],
      ],
      [{ kind: 'memory-overcommitted', percent: 125 }, []],
      [{ kind: 'cpu-over', of: 'vms', percent: 95 }, ['a: CPU at 99 % on hv1.']],
      [{ kind: 'cpu-over', of: 'hosts', percent: 96 }, ['hv1: CPU at 97 %.']],
      [{ kind: 'cpu-over', of: 'hosts', percent: 97 }, []],
      [{ kind: 'task-failed' }, ['Make task_1: The disk is full.']],
      [{ kind: 'clock-off', seconds: 2 }, ['hv1: Its clock is 5 s behind.']],
      [{ kind: 'clock-off', seconds: 5 }, []],
      [count('vms', 'state:running', 'more-than', 2), ['R: 3 VMs that match state:running, more than 2.']],
      [count('vms', 'state:running', 'more-than', 3), []],
      [
        count('hosts', 'state:connected', 'fewer-than', 3),
        ['R: 2 hosts that match state:connected, fewer than 3.'],
      ],
      [count('tasks', 'state:failed', 'more-than', 0), ['R: 1 tasks that match state:failed, more than 0.']],
      [count('customers', '', 'fewer-than', 1), ['R: 0 customers, fewer than 1.']],
    ];
    for (const [condition, expected] of cases) {
      await alerts.tables.deleteFrom('alert').execute();
      await onlyRule(condition);
      await alerts.look();
      const found = await alerts.tables.selectFrom('alert').select(['subject_name', 'detail']).execute();
      expect([condition, found.map((row) => `${row.subject_name}: ${row.detail}`)]).toEqual([
        condition,
        expected,
      ]);
    }
  });

  function count(
    list: 'vms' | 'hosts' | 'tasks' | 'customers',
    query: string,
    comparison: 'more-than' | 'fewer-than',
    of: number,
  ): AlertCondition {
    return { kind: 'query-count', list, query, comparison, count: of };
  }

  test('a new store watches by itself, and says of each alert what there is to know', async () => {
    await fleet();
    await alerts.look();
    await alerts.look(3600);
    expect(await alerts.alerts()).toEqual([
      'CPU of a VM over 95 %: a: firing',
      'CPU of a host over 90 %: hv1: firing',
      'Clock of a host off: hv1: firing',
      'Host unreachable: hv3: firing',
      'Memory overcommitted: hv1: firing',
      'Storage pool nearly full: default on hv2: firing',
      'Task failed: Make task_1: firing',
      'VM crashed: b: firing',
    ]);
    const page = await rooms[0].call('alerts.alertList', { query: 'severity:critical', sort: 'subject' });
    expect(page).toMatchObject({
      total: 2,
      rows: [
        { subject: { name: 'b' }, host: 'hv1', state: 'firing' },
        { subject: { name: 'hv3' }, state: 'firing', acknowledgedBy: '' },
      ],
    });
  });

  test('a query that is not understood is said of the rule, and what it had open stays', async () => {
    await alerts.addHost('hv1');
    const ruleId = await onlyRule(count('hosts', 'state:connected', 'more-than', 0));
    await alerts.look();
    await alerts.tables
      .updateTable('alert_rule')
      .set({ condition: JSON.stringify(count('hosts', 'colour:red', 'more-than', 0)) })
      .execute();
    await alerts.look(60);
    const rules = await rooms[0].call('alerts.ruleList', {});
    expect(rules).toMatchObject({
      rows: [
        { id: ruleId, firing: 1, problem: expect.stringContaining('there is no field colour') as string },
      ],
    });
    expect(
      await rooms[0].call('alerts.rulePreview', { condition: count('vms', 'x:1', 'more-than', 0) }),
    ).toBe('query-not-understood');
  });

  test('the network of the collecting machine is one alert, and the hosts none', async () => {
    for (const id of ['hv1', 'hv2', 'hv3'])
      await alerts.addHost(id, { state: 'unreachable', reason_code: 'network-down' });
    await onlyRule({ kind: 'host-unreachable' });
    await alerts.look();
    expect(await alerts.alerts()).toEqual(['R: The network of the machine that collects: firing']);
  });

  test('a rule that is switched off or deleted ends its alerts, and nobody is told of that end', async () => {
    await alerts.addHost('hv1', { state: 'unreachable' });
    const ruleId = await onlyRule({ kind: 'host-unreachable' });
    await alerts.look();
    expect((await alerts.deliveries()).length).toBe(1);
    await rooms[0].call('alerts.ruleDelete', { ruleId });
    await alerts.look(60);
    expect(await alerts.alerts()).toEqual(['R: hv1: resolved']);
    expect((await alerts.deliveries()).length).toBe(1);
  });

  test('300 hosts at once are one notification per channel, with counts and the worst by name', async () => {
    await onlyRule({ kind: 'host-unreachable' }, { clear: 0 });
    for (let at = 0; at < 300; at += 1)
      await alerts.addHost(`hv${String(at).padStart(3, '0')}`, { state: 'unreachable' });
    const grouping = { windowMs: 15_000, spacingMs: 60_000 };
    await alerts.look(0, { grouping });
    expect(await alerts.deliveries()).toEqual([]);
    await alerts.look(15, { grouping });
    const [delivery, ...others] = await alerts.deliveries();
    expect(others).toEqual([]);
    const message = noticeMessage.parse(JSON.parse(delivery?.message ?? ''));
    expect([message.total, message.counts.warning, message.alerts.length]).toEqual([300, 300, 20]);
    expect(delivery?.title).toBe('300 alerts: 300 warning');
    // What fires soon after waits until a minute has passed.
    await alerts.addHost('late', { state: 'unreachable' });
    await alerts.look(15, { grouping });
    await alerts.look(15, { grouping });
    expect((await alerts.deliveries()).length).toBe(1);
    await alerts.look(30, { grouping });
    expect((await alerts.deliveries()).map((one) => one.title)).toEqual([
      '300 alerts: 300 warning',
      'late: R',
    ]);
    // Looked at again and again: told once.
    await alerts.look(600, { grouping });
    expect((await alerts.deliveries()).length).toBe(2);
  });

  test('the end is told where it was told that it fires', async () => {
    await alerts.tables.updateTable('alert_channel').set({ sends_resolved: 1 }).execute();
    await alerts.addHost('hv1', { state: 'unreachable' });
    await onlyRule({ kind: 'host-unreachable' });
    await alerts.look();
    await alerts.setHosts({ state: 'connected' });
    await alerts.look(60);
    await alerts.look(60);
    expect((await alerts.deliveries()).map((one) => one.title)).toEqual(['hv1: R', 'Resolved: hv1: R']);
    const history = await rooms[0].call('alerts.alertHistory', {});
    expect(history).toMatchObject({ total: 1, rows: [{ subject: { name: 'hv1' }, state: 'resolved' }] });
  });

  test('whoever takes an alert on is named, and nobody else is told of it', async () => {
    await alerts.addHost('hv1', { state: 'unreachable' });
    await onlyRule({ kind: 'host-unreachable' });
    const grouping = { windowMs: 15_000 };
    await alerts.look(0, { grouping });
    const { id } = await alerts.tables.selectFrom('alert').select('id').executeTakeFirstOrThrow();
    await rooms[0].call('alerts.alertAcknowledge', { alertIds: [id], note: 'Its power supply.' });
    await alerts.look(60, { grouping });
    expect(await alerts.deliveries()).toEqual([]);
    const open = await rooms[0].call('alerts.alertList', { query: 'ack:yes' });
    expect(open).toMatchObject({ rows: [{ acknowledgedBy: 'administrator', note: 'Its power supply.' }] });
    expect(await rooms[0].call('system.overview', {})).toMatchObject({
      clear: expect.arrayContaining(['alerts-firing']) as string[],
    });
    await rooms[0].call('alerts.alertAcknowledge', { alertIds: [id], acknowledged: false });
    await alerts.look(60, { grouping });
    expect((await alerts.deliveries()).length).toBe(1);
    expect(await rooms[0].call('alerts.alertAcknowledge', { alertIds: ['alert_x'] })).toBe('no-such-alert');
  });

  test('a silence keeps its alerts quiet until its end, and then they are told', async () => {
    await alerts.addHost('hv1', { state: 'unreachable' });
    await alerts.addHost('hv2', { state: 'unreachable' });
    await alerts.setHosts({ cluster_id: 'cluster_2' }, 'hv1');
    const ruleId = await onlyRule({ kind: 'host-unreachable' });
    const endsAt = new Date(alerts.clock.nowMs + HOUR_MS).toISOString();
    const about = [
      { ruleId, subject: { kind: 'host' as const, id: 'hv1', name: 'hv1' } },
      { query: 'subject=hv1' },
      { hostId: 'hv1' },
      { clusterId: 'cluster_2' },
    ];
    for (const match of about) {
      await alerts.tables.deleteFrom('alert').execute();
      await alerts.tables.deleteFrom('alert_delivery').execute();
      const started = await rooms[0].call('alerts.silenceStart', { ...match, reason: 'Works.', endsAt });
      await alerts.look();
      expect((await alerts.deliveries()).map((one) => one.title)).toEqual(['hv2: R']);
      const silent = await rooms[0].call('alerts.alertList', { query: 'silenced:yes' });
      expect(silent).toMatchObject({
        total: 1,
        rows: [{ silenced: 'Works. (administrator)', silencedUntil: endsAt }],
      });
      const list = await rooms[0].call('alerts.silenceList', {});
      expect((list as { rows: object[] }).rows[0]).toMatchObject({
        active: true,
        alerts: 1,
        reason: 'Works.',
      });
      await rooms[0].call('alerts.silenceEnd', started as { silenceId: string });
      await alerts.look();
      expect((await alerts.deliveries()).map((one) => one.title)).toContain('hv1: R');
    }
    await rooms[0].call('alerts.silenceStart', { ruleId, reason: 'Works.', endsAt });
    await alerts.tables.deleteFrom('alert').execute();
    await alerts.tables.deleteFrom('alert_delivery').execute();
    await alerts.look(10);
    expect(await alerts.deliveries()).toEqual([]);
    await alerts.look(3600);
    expect((await alerts.deliveries()).map((one) => one.title)).toEqual(['2 alerts: 2 warning']);
  });

  test('a silence is of something, and ends ahead', async () => {
    const endsAt = new Date(alerts.clock.nowMs + HOUR_MS).toISOString();
    const start = async (input: object) =>
      await rooms[0].call('alerts.silenceStart', { reason: 'Works.', endsAt, ...input });
    expect(await start({})).toBe('silence-of-everything');
    expect(await start({ query: 'colour:red' })).toBe('query-not-understood');
    // It would make itself untrue.
    expect(await start({ query: 'severity:info silenced:no' })).toBe('query-not-understood');
    expect(await start({ ruleId: 'rule_x' })).toBe('no-such-rule');
    expect(await start({ hostId: 'hv1', endsAt: new Date(0).toISOString() })).toBe('end-not-ahead');
  });

  test('a silence whose query nobody understands any more is about nothing, and keeps no rule from being looked at', async () => {
    const endsAt = new Date(alerts.clock.nowMs + HOUR_MS).toISOString();
    await onlyRule({ kind: 'host-unreachable' });
    await rooms[0].call('alerts.silenceStart', { query: 'severity:info', reason: 'Works.', endsAt });
    await alerts.tables.updateTable('alert_silence').set({ query: 'silenced:no' }).execute();
    await alerts.addHost('hv1', { state: 'unreachable' });
    await alerts.look();
    expect((await alerts.deliveries()).map((one) => one.title)).toEqual(['hv1: R']);
  });

  test('of a host in maintenance, and of what is on it, nobody is told', async () => {
    await alerts.addHost('hv1', { state: 'unreachable', maintenance: 'maintenance' });
    await alerts.addHost('hv2', { maintenance: 'maintenance' });
    await alerts.addVm('a', 'hv2', { state: 'crashed' });
    await alerts.look();
    await alerts.look(600);
    expect(await alerts.deliveries()).toEqual([]);
    const open = await rooms[0].call('alerts.alertList', { query: 'silenced:yes' });
    expect(open).toMatchObject({ total: 2, rows: [{ silenced: 'The host is in maintenance.' }, {}] });
    await alerts.setHosts({ maintenance: 'active' });
    await alerts.look(10);
    expect((await alerts.deliveries()).length).toBe(1);
  });

  test('each channel is told what it wants', async () => {
    await alerts.addHost('hv1', { state: 'unreachable' });
    await alerts.addVm('a', 'hv1');
    await alerts.failTask('task_1');
    const [tasks] = await alerts.tables
      .selectFrom('alert_rule')
      .select('id')
      .where('name', '=', 'Task failed')
      .execute();
    const wants = async (name: string, leastSeverity: 'critical' | 'info', ruleIds: string[]) =>
      await rooms[0].call('alerts.channelSave', {
        name,
        enabled: true,
        leastSeverity,
        ruleIds,
        config: { kind: 'webhook', url: 'http://127.0.0.1:1/' },
      });
    await wants('critical ones', 'critical', []);
    await wants('tasks', 'info', [tasks?.id ?? '']);
    await wants('critical tasks', 'critical', [tasks?.id ?? '']);
    await alerts.look();
    await alerts.look(120);
    const told = await alerts.tables
      .selectFrom('alert_delivery')
      .innerJoin('alert_channel', 'alert_channel.id', 'alert_delivery.channel_id')
      .select(['name', 'title'])
      .execute();
    expect(told.map((one) => `${one.name}: ${one.title}`).toSorted()).toEqual([
      'Open consoles: Make task_1: Task failed',
      'Open consoles: hv1: Host unreachable',
      'critical ones: hv1: Host unreachable',
      'tasks: Make task_1: Task failed',
    ]);
  });

  test('two engines fire an alert once, and one that lost the duty writes nothing', async () => {
    const other = new AlertsRoom(rooms[1], alerts.clock);
    await alerts.addHost('hv1', { state: 'unreachable' });
    await onlyRule({ kind: 'host-unreachable' });
    const grantOf = async (
      room: DomainsRoom,
      holder: string,
    ): Promise<{ grant: Grant; release: () => Promise<void> }> => {
      const lease = await room.store.leases.acquire({ name: 'alerts', holder, ttlMs: 60_000 });
      if (lease === undefined) throw new Error('the duty was not given');
      return {
        grant: {
          guard: async (trx) => await room.store.leases.guard(trx, lease),
          signal: new AbortController().signal,
        },
        release: async () => await room.store.leases.release(lease),
      };
    };
    const first = await grantOf(rooms[0], 'one');
    await first.release();
    const second = await grantOf(rooms[1], 'two');
    await expect(alerts.look(0, { grant: first.grant })).rejects.toThrow(LeaseLost);
    expect(await alerts.alerts()).toEqual([]);
    const both = await Promise.allSettled([
      alerts.look(0, { grant: first.grant }),
      other.look(0, { grant: second.grant }),
      other.look(0, { grant: second.grant }),
    ]);
    expect(both[0]?.status).toBe('rejected');
    // Of two looks by one holder, which no duty makes, the database lets one in.
    expect(both.filter((one) => one.status === 'fulfilled').length).toBeGreaterThan(0);
    expect(await alerts.alerts()).toEqual(['R: hv1: firing']);
    expect((await alerts.deliveries()).length).toBe(1);
  });
});
