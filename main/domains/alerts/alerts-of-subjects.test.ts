import { sql } from 'kysely';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { AlertsRoom } from '../../testing/alerts-room.ts';
import { closePressForTest } from '../../testing/billing-room.ts';
import { twoDomainsRooms, type DomainsRoom } from '../../testing/domains-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';

const GIB = 1024 ** 3;

afterAll(closePressForTest);

describeOnBothStores('alerts of a VM and of a host', (stores) => {
  let rooms: readonly [DomainsRoom, DomainsRoom];
  let alerts: AlertsRoom;

  beforeEach(async () => {
    rooms = await twoDomainsRooms(stores);
    alerts = new AlertsRoom(rooms[0]);
    const pool = { name: 'default', type: 'dir', path: '/', active: true, allocationBytes: 0 };
    await alerts.addHost(
      'hv1',
      {},
      { pools: [{ ...pool, capacityBytes: 100 * GIB, availableBytes: 2 * GIB }] },
    );
    await alerts.addHost('hv2', { state: 'unreachable', reason: 'No route.' });
    await alerts.addHost('hv3');
    await alerts.addVm('crashed', 'hv1', { state: 'crashed' });
    await alerts.addVm('busy', 'hv3', { cpu_percent: 99 });
    await alerts.addVm('well', 'hv3');
    await alerts.tables.updateTable('alert_rule').set({ hold_seconds: 0, clear_seconds: 0 }).execute();
    await alerts.look();
  });
  afterEach(async () => {
    for (const room of rooms) await room.close();
  });

  async function of(kind: 'vm' | 'host', id: string) {
    const found = await rooms[0].call('alerts.alertsOf', { kind, id });
    if (typeof found === 'string') throw new Error(found);
    return { rules: found.rows.map((row) => row.rule), onVms: found.onVms, more: found.more };
  }

  async function names(op: 'fleet.vmList' | 'fleet.hostList', query: string): Promise<string[]> {
    const found = await rooms[0].call(op, { query });
    if (typeof found === 'string') throw new Error(found);
    return found.rows.map((row) => row.name);
  }

  test('what is open about each, and what no longer is', async () => {
    const none = { rules: [], onVms: 0, more: false };
    expect(await of('vm', 'vm_crashed')).toEqual({ ...none, rules: ['VM crashed'] });
    expect(await of('vm', 'vm_well')).toEqual(none);
    expect(await of('host', 'hv1')).toEqual({ rules: ['Storage pool nearly full'], onVms: 1, more: false });
    expect(await of('host', 'hv2')).toEqual({ ...none, rules: ['Host unreachable'] });
    await alerts.setHosts({ state: 'connected' });
    await alerts.look(60);
    await alerts.look(60);
    expect(await of('host', 'hv2')).toEqual(none);
  });

  test('what is taken on or silent is shown, after what waits for somebody; of many the first and that there are more', async () => {
    for (let at = 0; at < 25; at += 1) {
      await rooms[0].call('alerts.ruleSave', {
        name: `Rule ${String(at).padStart(2, '0')}`,
        condition: { kind: 'vm-crashed' },
        severity: 'info',
        holdSeconds: 0,
        enabled: true,
      });
    }
    const { id } = await alerts.tables
      .selectFrom('alert')
      .select('id')
      .where('rule_name', '=', 'VM crashed')
      .executeTakeFirstOrThrow();
    await alerts.look(10);
    const all = await of('vm', 'vm_crashed');
    expect([all.rules.length, all.rules[0], all.more]).toEqual([20, 'VM crashed', true]);
    await rooms[0].call('alerts.alertAcknowledge', { alertIds: [id] });
    expect((await of('vm', 'vm_crashed')).rules[0]).toMatch(/^Rule/);
  });

  test.each([
    ['fleet.vmList', 'has:alert', ['busy', 'crashed']],
    ['fleet.vmList', '-has:alert', ['well']],
    ['fleet.vmList', 'alert:critical', ['crashed']],
    ['fleet.vmList', 'alert:info,critical', ['busy', 'crashed']],
    ['fleet.vmList', 'alert!=critical', ['busy', 'well']],
    ['fleet.vmList', 'alert:warning', []],
    ['fleet.hostList', 'has:alert', ['hv1', 'hv2']],
    ['fleet.hostList', 'alert:critical', ['hv2']],
    ['fleet.hostList', 'alert:warning', ['hv1']],
  ] as const)('%s %s', async (op, query, found) => {
    expect((await names(op, query)).toSorted()).toEqual(found);
  });

  test('they are found by the indexes for it, however many are over', async () => {
    await alerts.room.store.transaction(async (trx) => {
      if (stores.kind === 'postgres') await sql`set local enable_seqscan = off`.execute(trx);
      const explain = sql.raw(stores.kind === 'postgres' ? 'explain' : 'explain query plan');
      const plan = async (text: ReturnType<typeof sql>): Promise<string> => {
        const { rows } = await sql`${explain} ${text}`.execute(trx);
        return JSON.stringify(rows);
      };
      expect(
        await plan(
          sql`select * from alert where state <> 'resolved' and subject_kind = 'vm' and subject_id = 'x'`,
        ),
      ).toMatch(/alert_open_by_subject/);
      expect(
        await plan(
          sql`select * from alert where state <> 'resolved' and host_id = 'x' and subject_kind in ('host', 'pool')`,
        ),
      ).toMatch(/alert_open_by_host/);
    });
  });
});
