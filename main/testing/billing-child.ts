import { createInterface } from 'node:readline';
import { openStore } from '../platform/store/store-open.ts';
import { closeDaysOver } from '../domains/billing/billing-day-duty.ts';
import { billingRoom, closePressForTest } from './billing-room.ts';
import { billingSchema } from './billing-schema.ts';

/**
 * An engine of its own that bills: `node billing-child.ts <store address> <instant it is now> days|invoices [stepwise]`, or
 * `… advance <payment>`. It writes a line before and after every transaction, so that a test can end it in the middle of one; stepwise it
 * begins none before it reads a line, so that however busy the machine is it cannot be done before it is ended.
 */
const [address = '', now = '', work = '', more = ''] = process.argv.slice(2);
const told = more === 'stepwise' ? createInterface({ input: process.stdin }) : undefined;
const steps = told?.[Symbol.asyncIterator]();
const store = await openStore({
  address,
  schema: billingSchema,
  program: { name: 'Innkeeper', version: '1.2.3' },
});
const room = billingRoom(store);
room.setNow(now);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const begin = async (line: string): Promise<void> => {
  say(line);
  await steps?.next();
};

if (work === 'days') {
  const abort = new AbortController();
  const refused = await closeDaysOver(
    { store, billing: room.parts },
    { signal: abort.signal, guard: async () => await begin('closing') },
  );
  say(refused === undefined ? 'done' : refused.code);
} else if (work === 'advance') {
  const lines = [{ description: 'Advance', grossMinor: '12300' }];
  const { invoiceId } = await room.call('payments.advanceIssue', { paymentId: more, lines });
  say(`issued ${invoiceId}`);
  // Nothing of it is printed: whoever began it ends it here.
  await process.stdin.toArray();
} else {
  const { rows } = await room.call('customers.customerList', { limit: 500 });
  for (const customer of rows) {
    await begin('issuing');
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
told?.close();
await closePressForTest();
await store.close();
