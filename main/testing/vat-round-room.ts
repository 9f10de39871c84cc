import type { OperationAt } from '../../shared/contract/contract.ts';
import type { InputOf } from '../../shared/contract/operation.ts';
import { companyVatId } from '../domains/billing/billing-public.ts';
import type { CustomersCommandParts } from '../domains/customers/customers-parts.ts';
import type { CustomersTables } from '../domains/customers/customers-tables.ts';
import { vatRoundTask } from '../domains/customers/vat-round-task.ts';
import type { SchemaStep } from '../platform/store/schema-step.ts';
import type { Store } from '../platform/store/store.ts';
import type { TaskEngine } from '../platform/tasks/task-engine.ts';
import { askVies } from '../platform/vies/vies-check.ts';
import { billingRoom, testCompany, type BillingRoom } from './billing-room.ts';
import { billingSchema } from './billing-schema.ts';
import { taskEngineForTest, tasksSchemaForTest } from './tasks-for-test.ts';

export const vatRoundSchema: readonly SchemaStep[] = [...billingSchema, ...tasksSchemaForTest];

/** An engine that can ask VIES about many. */
export interface VatRoundRoom {
  readonly room: BillingRoom;
  readonly parts: CustomersCommandParts;
  readonly engine: TaskEngine;
  /** Ends it, and its store. */
  close(): Promise<void>;
}

/** What a round is worked on with; `asking` is called before each question to VIES. */
export function vatRoundParts(
  store: Store,
  viesAddress: string,
  asking: () => void = () => undefined,
): Omit<CustomersCommandParts, 'tasks'> {
  return {
    store,
    nowMs: store.nowMs,
    vies: async (question) => {
      asking();
      return await askVies(viesAddress, question);
    },
    requesterVatId: companyVatId,
    vmCounts: async () => new Map(),
    pauseMs: 0,
  };
}

/** On a store of the test; it works on tasks once it is told to begin. */
export async function vatRoundRoom(
  store: Store,
  { address, vies }: { readonly address: string; readonly vies: string },
): Promise<VatRoundRoom> {
  const parts = {
    ...vatRoundParts(store, vies),
    nowMs: async () => await room.parts.nowMs(store.tables()),
  };
  const engine = await taskEngineForTest({ store, address, definitions: [vatRoundTask(parts)] });
  const room: BillingRoom = billingRoom(store, { vies, tasks: engine });
  return {
    room,
    parts: { ...parts, tasks: engine },
    engine,
    close: async () => {
      await engine.stop({ graceMs: 0 });
      await store.close();
    },
  };
}

/** So many customers with a VAT id each, of our company; those ids. */
export async function vatBuyers(room: BillingRoom, count: number): Promise<readonly string[]> {
  await room.call('billing.companySave', testCompany);
  const vatIds = Array.from({ length: count }, (_, at) => `DE90000${String(at).padStart(4, '0')}`);
  for (const [at, vat_id] of vatIds.entries()) {
    const buyer = { name: `Kunde ${at}`, country: 'DE', currency: 'EUR' } as const;
    const { customerId } = await room.call('customers.customerCreate', buyer);
    // No sum of digits is right of a made-up id, so it is not entered by the form.
    await room.store
      .tables<CustomersTables>()
      .updateTable('customer')
      .set({ vat_id })
      .where('id', '=', customerId)
      .execute();
  }
  return vatIds;
}

export const aboutAll = (confirmCount: number): InputOf<OperationAt<'customers.vatRoundStart'>> => ({
  query: '',
  olderThanDays: 30,
  confirmCount,
});
