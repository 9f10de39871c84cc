import { expect, test } from 'vitest';
import type { Store } from '../../../platform/store/store.ts';
import { fleetTestSchema } from '../../../testing/fleet-for-test.ts';
import { hostRowForTest } from '../../../testing/host-row.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { FIRST_CLUSTER_ID } from '../clusters/cluster-store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { recordSighting } from '../sweep/sighting-record.ts';
import { usageOf } from '../usage-public.ts';
import { recordMoved, setMovingTo } from './vm-moved.ts';
import type { HostSighting, VmSighting } from '../sweep/vm-sighting.ts';

const UUID = '00000000-0000-4000-8000-000000000001';
const HOUR_MS = 3_600_000;
const SECOND = 1_000;

describeOnBothStores('a VM that was moved', ({ openStoreForTest }) => {
  /** Sightings at whole seconds after the beginning of an hour of the store's own clock, which is what moves are written by. */
  async function room(): Promise<{
    store: Store;
    startMs: number;
    see: (
      hostId: string,
      at: number,
      vm: Partial<VmSighting> | null,
      more?: Partial<HostSighting>,
    ) => Promise<void>;
    row: () => Promise<{ id: string; host_id: string; state: string; moving_to: string | null }>;
  }> {
    const store = await openStoreForTest(fleetTestSchema);
    const db = store.tables<FleetTables>();
    await db
      .insertInto('host')
      .values([hostRowForTest('hv1'), hostRowForTest('hv2')])
      .execute();
    const lease = await store.leases.acquire({ name: 'collect:default', holder: 'first', ttlMs: 60_000 });
    if (lease === undefined) throw new Error('the lease is free');
    const startMs = Math.floor((await store.nowMs()) / HOUR_MS) * HOUR_MS;
    const seen: VmSighting = {
      uuid: UUID,
      name: 'vm1',
      state: 'running',
      boot: 'hv1//1',
      cpuTimeMs: 5_000,
      vcpus: 2,
      memoryBytes: 1024 ** 3,
      memoryUsedBytes: undefined,
      cpuPercent: undefined,
      blocks: [],
      shape: undefined,
      addresses: undefined,
      os: undefined,
      agent: undefined,
      autostart: undefined,
      persistent: undefined,
      startedAtMs: undefined,
      minutes: [],
    };
    return {
      store,
      startMs,
      see: async (hostId, at, vm, more = {}) =>
        await recordSighting(
          {
            store,
            clusterId: FIRST_CLUSTER_ID,
            grant: { guard: async (trx) => await store.leases.guard(trx, lease) },
            isHeard: () => true,
            countEveryMs: 0,
            subscribed: async () => new Set(),
          },
          {
            hostId,
            atMs: startMs + at * SECOND,
            whole: true,
            vms: vm === null ? [] : [{ ...seen, ...vm }],
            undefinedUuids: [],
            switchedOff: [],
            events: [],
            host: {},
            ...more,
          },
        ),
      row: async () =>
        await db
          .selectFrom('vm')
          .select(['id', 'host_id', 'state', 'moving_to'])
          .where('uuid', '=', UUID)
          .executeTakeFirstOrThrow(),
    };
  }

  const ranSeconds = async (store: Store, vmId: string, startMs: number): Promise<number> => {
    const hours = await usageOf(store.tables(), [vmId], { startMs, endMs: startMs + HOUR_MS });
    return hours.reduce((sum, hour) => sum + hour.runningMs, 0) / SECOND;
  };

  const move = { uuid: UUID, fromHostId: 'hv1', toHostId: 'hv2', domainId: 7, state: 'running' as const };
  const gone = { switchedOff: [] as HostSighting['switchedOff'] };

  test('is not called paused while it is handed over, and is called so when somebody paused it', async () => {
    const { store, see, row } = await room();
    await see('hv1', 0, {});
    const { id } = await row();
    const still = { state: 'paused', isHandedOver: true } as const;
    const off = { state: 'shut-off', boot: '', isHandedOver: true } as const;
    await setMovingTo(store.tables(), id, 'hv2');
    for (const told of [still, off]) {
      await see('hv1', 30, told);
      expect(await row()).toMatchObject({ host_id: 'hv1', state: 'running', moving_to: 'hv2' });
    }
    await see('hv1', 31, { state: 'paused' });
    expect(await row()).toMatchObject({ state: 'paused' });
    await store.transaction(
      async (trx) => await recordMoved(store, trx, { ...move, vmId: id, state: 'paused', sinceMs: 0 }),
    );
    expect(await row()).toMatchObject({ host_id: 'hv2', state: 'paused', moving_to: null });
    // Moved by somebody else, as far as we know: it is what its host says.
    await see('hv2', 60, { ...still, boot: 'hv2//7' });
    expect(await row()).toMatchObject({ state: 'paused' });
  });

  test.each(['the old host tells first', 'the move is written first', 'the old host never tells'])(
    'is counted once and without a gap: %s',
    async (order) => {
      const { store, startMs, see, row } = await room();
      await see('hv1', 0, {});
      await see('hv1', 30, { cpuTimeMs: 8_000 });
      const { id } = await row();
      // Both have it for a moment: the old host keeps it.
      await see('hv2', 38, { boot: 'hv2//7', cpuTimeMs: 0, state: 'paused' });
      expect(await row()).toMatchObject({ host_id: 'hv1', state: 'running' });
      const off = { ...gone, switchedOff: [{ uuid: UUID, atMs: startMs + 40 * SECOND, boot: 'hv1//1' }] };
      const tells = async (): Promise<void> => await see('hv1', 41, null, { whole: false, ...off });
      const written = async (): Promise<void> =>
        await store.transaction(
          async (trx) => await recordMoved(store, trx, { ...move, vmId: id, sinceMs: startMs + 35 * SECOND }),
        );
      if (order === 'the old host tells first') await tells();
      await written();
      if (order === 'the move is written first') await tells();
      // Written twice, as a step that is repeated: the same.
      await written();
      expect(await row()).toMatchObject({ id, host_id: 'hv2', state: 'running', moving_to: null });
      await see('hv2', 60, { boot: 'hv2//7', cpuTimeMs: 900 });
      await see('hv1', 61, null);
      await see('hv2', 90, { boot: 'hv2//7', cpuTimeMs: 1_800 });
      expect(await ranSeconds(store, id, startMs)).toBe(90);
      expect(await row()).toMatchObject({ host_id: 'hv2', state: 'running' });
    },
  );

  test('is not forgotten by its old host before its move is written, whoever owns it', async () => {
    const { store, startMs, see, row } = await room();
    await see('hv1', 0, {});
    const { id } = await row();
    await store
      .tables<FleetTables>()
      .updateTable('vm')
      .set({ moving_to: 'hv2' })
      .where('id', '=', id)
      .execute();
    await see('hv1', 40, null, {
      switchedOff: [{ uuid: UUID, atMs: startMs + 40 * SECOND, boot: 'hv1//1' }],
      undefinedUuids: [UUID],
    });
    // Much later, as after an engine that was away.
    await see('hv1', 900, null);
    expect(await row()).toMatchObject({ id, host_id: 'hv1', state: 'running' });
    await store.transaction(
      async (trx) => await recordMoved(store, trx, { ...move, vmId: id, sinceMs: startMs + 35 * SECOND }),
    );
    await see('hv2', 960, { boot: 'hv2//7', cpuTimeMs: 900 });
    expect(await row()).toMatchObject({ id, host_id: 'hv2', state: 'running', moving_to: null });
    expect(await ranSeconds(store, id, startMs)).toBe(960);
  });

  test('one that is off is counted no further', async () => {
    const { store, startMs, see, row } = await room();
    await see('hv1', 0, {});
    await see(
      'hv1',
      20,
      { state: 'shut-off', boot: '' },
      {
        switchedOff: [{ uuid: UUID, atMs: startMs + 10 * SECOND, boot: 'hv1//1' }],
      },
    );
    const { id } = await row();
    await store.transaction(
      async (trx) =>
        await recordMoved(store, trx, {
          ...move,
          vmId: id,
          domainId: null,
          state: 'shut-off',
          sinceMs: startMs + 30 * SECOND,
        }),
    );
    await see('hv2', 60, { state: 'shut-off', boot: '' });
    await see('hv2', 90, { boot: 'hv2//9', cpuTimeMs: 0 });
    expect(await ranSeconds(store, id, startMs)).toBe(10);
    expect(await row()).toMatchObject({ host_id: 'hv2' });
  });
});
