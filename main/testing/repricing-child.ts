import { workRepricing } from '../domains/repricing/repricing-work.ts';
import { openStore } from '../platform/store/store-open.ts';
import { repricingSchema } from './repricing-room.ts';
import { sayAndWait } from './say-and-wait.ts';

/**
 * An engine of its own that moves subscriptions: `node repricing-child.ts <store address> <move> <round> <subscriptions per page>`. It
 * writes a line when it begins and after every page, so that a test can end it in the middle of one.
 */
const [address = '', repricingId = '', round = '', page = ''] = process.argv.slice(2);
const store = await openStore({
  address,
  schema: repricingSchema,
  program: { name: 'Innkeeper', version: '1.2.3' },
});
const { kind, insertMany, updateMany } = store;
// The day of the room that prepared it.
const billing = { nowMs: async () => Date.parse('2026-10-10T08:00:00Z'), kind, insertMany, updateMany };
sayAndWait('begun');
await workRepricing(
  { store, billing },
  {
    repricingId,
    round: Number(round),
    way: 'moving',
    page: Number(page),
    signal: new AbortController().signal,
    progress: () => sayAndWait('moved'),
  },
);
sayAndWait('done');
await store.close();
