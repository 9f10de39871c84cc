import { openStore } from '../platform/store/store-open.ts';
import { closeDaysOver } from '../domains/billing/billing-day-duty.ts';
import { billingRoom, closePressForTest } from './billing-room.ts';
import { billingSchema } from './billing-schema.ts';

/**
 * An engine of its own that bills: `node billing-child.ts <store address> <instant it is now> days|invoices`, or
 * `… advance <payment>`. It writes a line before and after every transaction, so that a test can end it in the middle of one.
 */
const [address = '', now = '', work = '', paymentId = ''] = process.argv.slice(2);
const store = await openStore({
  address,
  schema: billingSchema,
  program: { name: 'Innkeeper', version: '1.2.3' },
});
const room = billingRoom(store);
room.setNow(now);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

if (work === 'days') {
  const abort = new AbortController();
  const refused = await closeDaysOver(
    { store, billing: room.parts },
    { signal: abort.signal, guard: async () => say('closing') },
  );
  say(refused === undefined ? 'done' : refused.code);
} else if (work === 'advance') {
  const lines = [{ description: 'Advance', grossMinor: '12300' }];
  const { invoiceId } = await room.call('payments.advanceIssue', { paymentId, lines });
  say(`issued ${invoiceId}`);
  // Nothing of it is printed: whoever began it ends it here.
  await process.stdin.toArray();
} else {
  const { rows } = await room.call('customers.customerList', { limit: 500 });
  for (const customer of rows) {
    say('issuing');
    await room
      .call('billing.invoiceCreate', {
        customerId: customer.id,
        periodStart: '2026-09-01',
        periodEndExclusive: '2026-10-01',
      })
      .catch((error: unknown) => {
        // Issued before the last engine was killed.
        if (!String(error).includes('nothing-to-invoice')) throw error;
      });
    say('issued');
  }
  say('done');
}
await closePressForTest();
await store.close();
