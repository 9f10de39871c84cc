import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import {
  billingRoom,
  closePressForTest,
  openBillingRoom,
  testCompany,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { billingSchema } from '../../../testing/billing-schema.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { whileOpen } from '../../../testing/two-at-once.ts';
import { moneyOverview } from '../billing-public.ts';

afterAll(closePressForTest);

const line = {
  description: 'Moving a mailbox',
  unitPrice: '80.00',
  reason: 'Ordered by telephone',
  reference: 'ticket 1',
} as const;
const billingZone = 'America/Los_Angeles';

async function californian(room: BillingRoom): Promise<string> {
  const { customerId } = await room.call('customers.customerCreate', {
    name: 'Acme',
    country: 'PL',
    currency: 'PLN',
  });
  const { profile } = await room.call('customers.billingProfileGet', { customerId });
  await room.call('customers.billingProfileSave', { customerId, profile: { ...profile, billingZone } });
  return customerId;
}

describeOnBothStores('a customer that is charged by hand alone', (stores) => {
  it('has days of its own zone that close from its earliest line on, an invoice, and months that become final', async () => {
    const room = await openBillingRoom(stores);
    const customerId = await californian(room);
    // The morning of 1 October in Warsaw is the evening of 30 September there.
    room.setNow('2026-10-01T03:00:00Z');
    expect(
      await room.refused('billing.chargeByHand', { ...line, customerId, day: '2026-10-01' }),
    ).toMatchObject({ code: 'day-in-future', facts: { today: '2026-09-30' } });
    expect((await room.call('billing.chargeByHand', { ...line, customerId })).day).toBe('2026-09-30');
    await room.call('billing.chargeByHand', {
      ...line,
      customerId,
      reference: 'ticket 2',
      day: '2026-09-28',
    });

    room.setNow('2026-10-02T08:00:00Z');
    const { calendars } = await room.call('billing.dayState', {});
    expect(calendars.map((each) => [each.billingZone, each.openDays])).toEqual([
      ['', 0],
      [billingZone, 4],
    ]);
    const september = { customerId, periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' } as const;
    expect((await room.refused('billing.invoicePreview', september)).code).toBe('period-open');
    const isFinal = async (): Promise<unknown> => {
      const books = await room.call('billing.booksByMonth', { months: 2 });
      const [shown] = await moneyOverview(room.store.tables(), Date.parse('2026-10-02T08:00:00Z'));
      return [books.currencies[0]?.months.map(({ final }) => final), shown?.months[0]?.final];
    };
    expect(await isFinal()).toEqual([[false, false], false]);
    for (const day of ['2026-09-28', '2026-09-29', '2026-09-30'])
      await room.call('billing.dayClose', { day, billingZone });
    // Nothing is sold in the company's own zone, which holds up nobody; October is not over.
    expect(await isFinal()).toEqual([[true, false], true]);
    const { invoiceId } = await room.call('billing.invoiceCreate', september);
    expect((await room.call('billing.invoiceGet', { invoiceId })).net.amountMinor).toBe('16000');
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
    // What stands for the customer is nothing it has subscribed to, on whichever day.
    const contract = { customerId, clauses: [], issuedOn: '2026-09-27' };
    expect((await room.refused('documents.contractIssue', contract)).code).toBe('nothing-subscribed');
  });

  it('and is moved to another zone while a line is charged: it is of the new one, or refused', async () => {
    const address = await stores.newAddress();
    const one = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
    await one.call('billing.companySave', testCompany);
    const two = stores.kind === 'postgres' ? billingRoom(await stores.openAlso(address, billingSchema)) : one;
    const customerId = await californian(one);
    const [, ended] = await whileOpen(
      one.store,
      async (trx) => {
        await sql`update customer set billing_zone = 'Asia/Tokyo' where id = ${customerId}`.execute(trx);
      },
      async () => await two.call('billing.chargeByHand', { ...line, customerId }).then(() => 'done', String),
    );
    const { rows } = await one.call('billing.chargeByHandList', { customerId });
    if (stores.kind === 'postgres') {
      expect([ended, rows]).toEqual([expect.stringContaining('customer-moved'), []]);
      await one.call('billing.chargeByHand', { ...line, customerId });
    }
    const { calendars } = await one.call('billing.dayState', {});
    const opened = calendars.map((each) => [each.billingZone, each.openDays]);
    expect(opened).toContainEqual(['Asia/Tokyo', 0]);
    expect(await one.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [], charges: 1 });
  });
});
