import type { OperationAt } from '../../shared/contract/contract.ts';
import type { CallInputOf, OutputOf } from '../../shared/contract/operation.ts';
import { repricingHandlers } from '../domains/repricing/repricing-handlers.ts';
import { previewRepricing } from '../domains/repricing/repricing-preview.ts';
import type { RepricingParts } from '../domains/repricing/repricing-parts.ts';
import { repricingTasks } from '../domains/repricing/repricing-public.ts';
import { workRepricing, type Way } from '../domains/repricing/repricing-work.ts';
import { repricing } from '../domains/repricing/schema/20261130T1641-repricing.ts';
import { repricingSums } from '../domains/repricing/schema/20261130T1737-repricing-sums.ts';
import type { Store } from '../platform/store/store.ts';
import type { TaskStarter } from '../platform/tasks/task-definition.ts';
import { billingRoom, testCompany, type BillingRoom } from './billing-room.ts';
import { billingSchema } from './billing-schema.ts';
import type { StoreForTest } from './store-for-test.ts';
import { taskEngineForTest, tasksSchemaForTest } from './tasks-for-test.ts';

type Detail = OutputOf<OperationAt<'repricing.repricingGet'>>;
type Create = CallInputOf<OperationAt<'repricing.repricingCreate'>>;

export const repricingSchema = [...billingSchema, repricing, repricingSums, ...tasksSchemaForTest];

/** A billing room that moves subscriptions; its tasks are recorded, and worked on where the test says so. */
export interface RepricingRoom extends BillingRoom {
  readonly repricing: RepricingParts;
  readonly address: string;
}

export async function openRepricingRoom(stores: StoreForTest): Promise<RepricingRoom> {
  const address = await stores.newAddress(repricingSchema);
  const store = await stores.openStoreForTest(repricingSchema, { address });
  const room = await repricingRoom(store, address);
  await room.call('billing.companySave', testCompany);
  return room;
}

/** Another engine on the same store: one of its own on PostgreSQL. */
export async function otherRepricingRoom(stores: StoreForTest, room: RepricingRoom): Promise<RepricingRoom> {
  const store =
    stores.kind === 'postgres' ? await stores.openAlso(room.address, repricingSchema) : room.store;
  return await repricingRoom(store, room.address);
}

async function repricingRoom(store: Store, address: string): Promise<RepricingRoom> {
  const parts: { tasks?: TaskStarter } = {};
  const room = billingRoom(store, {
    more: (billing) => ({
      repricing: repricingHandlers({
        store,
        billing,
        tasks: { start: async (...asked) => await (parts.tasks as TaskStarter).start(...asked) },
      }),
    }),
  });
  const repricingParts = { store, billing: room.parts };
  // Not begun: it records tasks and works on none.
  parts.tasks = await taskEngineForTest({ store, address, definitions: repricingTasks(repricingParts) });
  return { ...room, repricing: repricingParts, address };
}

const idle = { signal: new AbortController().signal, progress: () => undefined };

/** Prepares a move and works its preview out. */
export async function previewMove(room: RepricingRoom, input: Create): Promise<Detail> {
  const { repricingId } = await room.call('repricing.repricingCreate', input);
  return await previewed(room, repricingId);
}

export async function previewed(room: RepricingRoom, repricingId: string): Promise<Detail> {
  await previewRepricing(room.repricing, { repricingId, round: await roundOf(room, repricingId), ...idle });
  return await room.call('repricing.repricingGet', { repricingId });
}

/** Starts a move as it was previewed, and works it off. */
export async function startMove(room: RepricingRoom, { id, digest, counts }: Detail): Promise<Detail> {
  await room.call('repricing.repricingStart', {
    repricingId: id,
    digest,
    confirmCount: counts.waiting,
  });
  await workOff(room, id, 'moving');
  return await room.call('repricing.repricingGet', { repricingId: id });
}

export async function workOff(
  room: RepricingRoom,
  repricingId: string,
  way: Way,
  page?: number,
): Promise<void> {
  const round = await roundOf(room, repricingId);
  const of = { repricingId, round, way, ...(page !== undefined && { page }) };
  await workRepricing(room.repricing, { ...of, ...idle });
}

export async function roundOf(room: RepricingRoom, repricingId: string): Promise<number> {
  const row = await room.store
    .tables<{ repricing: { id: string; round: number } }>()
    .selectFrom('repricing')
    .select('round')
    .where('id', '=', repricingId)
    .executeTakeFirstOrThrow();
  return row.round;
}

/** Items by customer: `waiting 310.00 → 340.00 per month`, or its state and why. */
export async function itemsIn(room: RepricingRoom, repricingId: string): Promise<Record<string, string>> {
  const page = await room.call('repricing.repricingItems', { repricingId, limit: 500 });
  return Object.fromEntries(
    page.rows.map((row) => {
      const amount = (money: { amountMinor: string } | null): string =>
        (Number(money?.amountMinor ?? 0) / 100).toFixed(2);
      const words =
        row.now === null
          ? `${row.state} ${row.code}`
          : `${row.state} ${amount(row.now)} → ${amount(row.later)} per ${row.every ?? '?'} on ${row.on ?? '?'}`;
      return [row.customer, [words, row.now === null ? '' : row.code].filter(Boolean).join(' ')];
    }),
  );
}
