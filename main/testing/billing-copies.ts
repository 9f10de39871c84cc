import { billingRoom, openBillingStore, type BillingRoom } from './billing-room.ts';
import { billingSchema } from './billing-schema.ts';
import type { StoreForTest } from './store-for-test.ts';

/**
 * Rooms that all begin where one was filled: a month that each test of a file needs closed is closed once, and each test has a copy of that
 * store. Gives the room, and what the filling said.
 */
export function billingCopies<T>(
  stores: StoreForTest,
  fill: (room: BillingRoom) => Promise<T>,
): () => Promise<{ readonly room: BillingRoom; readonly filled: T }> {
  let original: Promise<{ readonly address: string; readonly filled: T }> | undefined;
  const make = async (): Promise<{ readonly address: string; readonly filled: T }> => {
    const { address, first } = await openBillingStore(stores);
    const filled = await fill(first);
    await first.store.close();
    return { address, filled };
  };
  return async () => {
    original ??= make();
    const { address, filled } = await original;
    const store = await stores.openStoreForTest(billingSchema, { address: await stores.copyOf(address) });
    return { room: billingRoom(store), filled };
  };
}
