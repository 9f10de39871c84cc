import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { allSchema } from '../../../app/all-schema.ts';
import type { Store } from '../../../platform/store/store.ts';
import { hostSeen, sightingRoom, T0, uuidOf, vmSeen } from '../../../testing/sightings-for-test.ts';
import { describeOnPostgres } from '../../../testing/store-for-test.ts';
import { somebodyWaits } from '../../../testing/two-at-once.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { holdVms } from './vm-store.ts';

/** Two VMs; the database finds the second one first. */
const [FIRST, SECOND] = [uuidOf(1), uuidOf(2)];
const CUSTOMER = 'cus_1';

type Room = Awaited<ReturnType<typeof sightingRoom>>;

/** Whoever locks several VMs takes them in the order of their UUIDs, so that of two who want the same ones none waits in a circle. */
describeOnPostgres('two VMs are locked in one order', ({ openStoreForTest }) => {
  const open = async (): Promise<Room> => {
    const room = await sightingRoom(await openStoreForTest(allSchema));
    const db = room.store.tables<FleetTables & { customer: Record<string, unknown> }>();
    for (const n of [2, 1]) await room.record(hostSeen(T0, [vmSeen(n)], { whole: false }));
    await db
      .insertInto('customer')
      .values({
        id: CUSTOMER,
        number: 'C-1',
        kind: 'company',
        name: 'Acme',
        street: '',
        postcode: '',
        city: '',
        country: 'PL',
        vat_id: '',
        email: '',
        currency: 'PLN',
        language: 'pl',
        time_zone: 'Europe/Warsaw',
        notes: '',
        active: 1,
        created_at_ms: T0,
      })
      .execute();
    await db.updateTable('vm').set({ customer_id: CUSTOMER }).execute();
    return room;
  };
  const rename = (table: 'customer' | 'host', id: string) => async (store: Store) => {
    await sql`update ${sql.table(table)} set name = 'Beta' where id = ${id}`.execute(store.tables());
  };

  test.each<[string, (room: Room) => Promise<unknown>]>([
    ['a customer gets another name', async ({ store }) => await rename('customer', CUSTOMER)(store)],
    ['a host gets another name', async ({ store }) => await rename('host', 'hv1')(store)],
    [
      'a look at a host writes one and the load of the other',
      async (room) =>
        await room.record(
          hostSeen(T0 + 1000, [vmSeen(1, { cpuPercent: 60 }), vmSeen(2, { state: 'paused' })]),
        ),
    ],
  ])('%s', async (_what, write) => {
    const room = await open();
    const { store } = room;
    const isHeld = Promise.withResolvers<void>();
    const mayLook = Promise.withResolvers<void>();
    const holding = store.transaction<FleetTables, number>(async (trx) => {
      await holdVms(trx, store, [FIRST]);
      isHeld.resolve();
      await mayLook.promise;
      const { rows } = await sql`select 1 from vm where uuid = ${SECOND} for update skip locked`.execute(trx);
      return rows.length;
    });
    await Promise.race([isHeld.promise, holding]);
    const writing = write(room);
    await Promise.race([writing.catch(() => undefined), somebodyWaits(store)]);
    mayLook.resolve();
    // Whoever waits for the first one has not taken the second one.
    const free = await holding;
    await writing;
    expect(free).toBe(1);
  });
});
