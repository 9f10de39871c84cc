import { allSchema } from '../app/all-schema.ts';
import { freeExcess } from '../domains/payments/payments-public.ts';
import { postRun } from '../domains/runs/run-post.ts';
import { openStore } from '../platform/store/store-open.ts';
import { sayAndWait } from './say-and-wait.ts';

/**
 * An engine of its own that posts a billing run: `node run-child.ts <store address> <run> <round> <invoices per batch>`. It writes a
 * line when it begins and after every batch, so that a test can end it in the middle of one.
 */
const [address = '', runId = '', round = '', batch = ''] = process.argv.slice(2);
const store = await openStore({
  address,
  schema: allSchema,
  program: { name: 'Innkeeper', version: '1.2.3' },
});
const { nowMs, kind, insertMany, updateMany } = store;
sayAndWait('begun');
await postRun(
  { store, billing: { nowMs, kind, insertMany, updateMany, layoutFolder: '', payments: { freeExcess } } },
  {
    runId,
    round: Number(round),
    batch: Number(batch),
    signal: new AbortController().signal,
    progress: () => sayAndWait('posted'),
  },
);
sayAndWait('done');
await store.close();
