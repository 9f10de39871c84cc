import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { WEEKDAYS, type MaintenanceWindow } from '../../../shared/domains/fleet/cluster-rules.ts';
import type { Rolling } from '../../../shared/domains/moves/maintenance-contract.ts';
import { closePressForTest } from '../../testing/billing-room.ts';
import { twoDomainsRooms, type DomainsRoom } from '../../testing/domains-room.ts';
import { hostRowForTest } from '../../testing/host-row.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { FIRST_CLUSTER_ID } from '../fleet/clusters/cluster-store.ts';
import type { FleetTables } from '../fleet/fleet-public.ts';
import { advanceRollings } from './rolling-advance.ts';

afterAll(closePressForTest);

describeOnBothStores('rolling maintenance and the maintenance windows of its cluster', (stores) => {
  let room: DomainsRoom;
  let other: DomainsRoom;

  beforeEach(async () => {
    [room, other] = await twoDomainsRooms(stores);
    await room.store
      .tables<FleetTables>()
      .insertInto('host')
      .values([hostRowForTest('hv1'), hostRowForTest('hv2')])
      .execute();
  });
  afterEach(async () => {
    await room.close();
    await other.close();
  });

  async function open(windows: readonly MaintenanceWindow[]): Promise<void> {
    const saved = await room.call('fleet.clusterSave', {
      clusterId: FIRST_CLUSTER_ID,
      name: 'Warsaw',
      windows: windows.map((each) => ({ ...each, days: [...each.days] })),
    });
    expect(saved).toEqual({});
  }
  async function start(more: { anyTime?: boolean } = {}): Promise<void> {
    const input = { title: 'New kernel', hostIds: ['hv1', 'hv2'], ...more };
    expect(await room.call('moves.rollingStart', input)).toMatchObject({ rollingId: expect.any(String) });
  }
  async function look(): Promise<Rolling['hosts']> {
    await advanceRollings(room.domains.moves, async () => undefined);
    const list = await room.call('moves.rollingList', {});
    if (typeof list === 'string') throw new Error(list);
    return list.rows[0]?.hosts ?? [];
  }
  const maintenanceOf = async (hostId: string): Promise<string> => {
    const found = await room.call('moves.evacuationGet', { hostId });
    return typeof found === 'string' ? found : found.maintenance;
  };
  /** Days from now on which it is not today, whatever midnight does meanwhile. */
  const later = async (): Promise<MaintenanceWindow> => {
    const today = new Date(await room.store.nowMs()).getUTCDay();
    const day = WEEKDAYS[(today + 2) % 7] ?? 'mon';
    return { days: [day], from: '02:00', until: '04:00' };
  };
  const always: MaintenanceWindow = { days: WEEKDAYS, from: '00:00', until: '00:00' };

  test('no host begins outside them, which is said; the first begins once one opens', async () => {
    await open([await later()]);
    await start();
    const [first, second] = await look();
    expect(first).toMatchObject({ state: 'waiting' });
    expect(first?.note).toMatch(/^the maintenance window of Warsaw, from 20\d\d-\d\d-\d\d 02:00 on \(UTC\)$/);
    expect(second).toMatchObject({ state: 'waiting', note: '' });
    expect(await maintenanceOf('hv1')).toBe('active');
    await open([await later(), always]);
    expect(await look()).toMatchObject([
      { state: 'evacuating', note: '' },
      { state: 'waiting', note: '' },
    ]);
    expect(await maintenanceOf('hv1')).toBe('evacuating');
  });

  test('a host that has begun goes on when they close, the next waits', async () => {
    await open([always]);
    await start();
    expect(await look()).toMatchObject([{ state: 'evacuating' }, { state: 'waiting' }]);
    await open([await later()]);
    const fleet = room.store.tables<FleetTables>();
    await fleet.updateTable('host').set({ maintenance: 'maintenance' }).where('id', '=', 'hv1').execute();
    expect(await look()).toMatchObject([{ state: 'holding' }, { state: 'waiting' }]);
    const list = await room.call('moves.rollingList', {});
    const rollingId = typeof list === 'string' ? '' : (list.rows[0]?.id ?? '');
    await room.call('moves.rollingSay', { rollingId, say: 'go' });
    expect(await look()).toMatchObject([{ state: 'done' }, { state: 'waiting' }]);
    const [, second] = await look();
    expect(second?.note).toContain('the maintenance window of Warsaw');
    expect(await maintenanceOf('hv2')).toBe('active');
  });

  test('what may begin at any time begins at once', async () => {
    await open([await later()]);
    await start({ anyTime: true });
    expect(await look()).toMatchObject([{ state: 'evacuating' }, { state: 'waiting' }]);
  });
});
