import { allSchema } from '../app/all-schema.ts';
import { sendDueDeliveries } from '../domains/alerts/delivery-send.ts';
import { keyFileSealer } from '../platform/secrets/key-file-sealer.ts';
import { openStore } from '../platform/store/store-open.ts';
import { silentLog } from './engine-for-test.ts';

// An engine that sends what is due and is killed meanwhile: node alerts-child-process.ts <address> <key file> <now>
const [address = '', keyFile = '', now = ''] = process.argv.slice(2);
const store = await openStore({
  address,
  schema: allSchema,
  program: { name: 'Innkeeper', version: '1.2.3' },
  isOwner: address.startsWith('postgres'),
});
await sendDueDeliveries(
  { store, sealer: keyFileSealer(keyFile), log: silentLog, nowMs: async () => Number(now) },
  { guard: async () => undefined, signal: new AbortController().signal },
);
process.stdout.write('sent\n');
