import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { localDate } from '../../../../shared/kernel/local-date.ts';
import {
  billingRoom,
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  testCompany,
} from '../../../testing/billing-room.ts';
import { billingSchema } from '../../../testing/billing-schema.ts';
import { makePlan, monthlyFee } from '../../../testing/period-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { somebodyWaits, whileOpen } from '../../../testing/two-at-once.ts';
import { paymentRecord } from '../../payments/payment-record.ts';
import { booksClose } from '../ledger/books-close.ts';
import { lockCalendar } from './company-store.ts';
import { subscriptionStart } from '../subscriptions/subscription-start.ts';

afterAll(closePressForTest);

const zloty = (amountMinor: string) => ({ amountMinor, currency: 'PLN' as const });
const august = { periodStart: '2026-08-31', periodEndExclusive: '2026-09-01' } as const;
const september = { periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' } as const;

describeOnBothStores('books that are closed', (stores) => {
  it('take nothing of their days any more, whoever posts it; what came before them is settled after them', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-10-05T08:00:00Z');
    const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-08-31' });
    await closeDays(room, '2026-08-31', '2026-10-02');
    const issued = { customerId, ...august, issuedOn: '2026-10-01' };
    const { invoiceId } = await room.call('billing.invoiceCreate', issued);
    const paid = { customerId, amount: zloty('500'), receivedOn: '2026-09-30', reference: 'A' } as const;
    const { paymentId } = await room.call('payments.paymentRecord', { ...paid, allocations: [] });
    const close = async (until: string | null) => await room.call('billing.booksClose', { until });
    expect(await room.refused('billing.booksClose', { until: '2026-10-06' })).toMatchObject({
      code: 'date-in-future',
    });
    expect(await room.refused('billing.booksClose', { until: '2026-10-02' })).toEqual({
      code: 'day-open',
      facts: { company: testCompany.name, until: '2026-10-02', day: '2026-10-02' },
    });
    await close('2026-10-01');
    expect(await room.call('billing.companyBooks', {})).toMatchObject({ closedUntil: '2026-10-01' });

    const dated = { customerId, ...september, issuedOn: '2026-10-01' };
    expect(await room.refused('billing.invoiceCreate', dated)).toEqual({
      code: 'books-closed',
      facts: {
        company: testCompany.name,
        customer: 'Klient vm-1',
        issuedOn: '2026-10-01',
        until: '2026-10-01',
      },
    });
    const credited = { invoiceId, reason: 'An outage', issuedOn: '2026-10-01' };
    expect((await room.refused('billing.invoiceCredit', credited)).code).toBe('books-closed');
    const late = { ...paid, reference: 'Found later' };
    const whose = (bookedOn: string, what: string): object => {
      const facts = { company: testCompany.name, until: '2026-10-01', bookedOn, what };
      return { code: 'books-closed', facts };
    };
    expect(await room.refused('payments.paymentRecord', late)).toEqual(
      whose('2026-09-30', 'Found later of Klient vm-1'),
    );
    const byHand = {
      customerId,
      reference: 'WO-1',
      description: 'An hour',
      quantity: '1',
      unitPrice: '100',
      reason: 'As ordered',
      day: localDate('2026-10-01'),
    };
    expect(await room.refused('billing.chargeByHand', byHand)).toEqual(
      whose('2026-10-01', 'WO-1 of Klient vm-1'),
    );
    const writtenOff = { invoiceId, reason: 'Given up', bookedOn: '2026-10-01' };
    await expect(room.call('billing.invoiceWriteOff', writtenOff)).rejects.toThrow(
      'give it a later day, or open the books again in Settings, Companies.',
    );
    // The database holds it by itself.
    const insert = sql`insert into ledger_entry (id, company_id, currency, booked_on, kind, source, memo, posted_at_ms)
      values ('entry_x', 'com_1', 'PLN', '2026-10-01', 'payment', 'payment x', '', 0)`;
    await expect(insert.execute(room.store.tables())).rejects.toThrow();

    await room.call('payments.paymentAllocate', {
      paymentId,
      allocations: [{ invoiceId, amountMinor: '500' }],
    });
    const { allocations } = await room.call('payments.paymentGet', { paymentId });
    expect(allocations).toMatchObject([{ bookedOn: '2026-10-02' }]);
    // A zone in which nothing was ever charged begins after them.
    const inTokyo = await room.call('customers.customerCreate', {
      name: 'Tokio',
      country: 'PL',
      currency: 'PLN',
    });
    const { profile } = await room.call('customers.billingProfileGet', inTokyo);
    await room.call('customers.billingProfileSave', {
      ...inTokyo,
      profile: { ...profile, billingZone: 'Asia/Tokyo' },
    });
    const { planId } = await room.call('catalog.planCreate', {
      name: 'P',
      prices: [{ currency: 'PLN', perMonth: '10', perVcpuHour: '0', perGibHour: '0' }],
      validFrom: '2020-01-01',
    });
    await room.addVm('vm-2');
    const sold = { ...inTokyo, planId, vmId: 'vm-2' };
    const early = { ...sold, startsOn: '2026-10-01' };
    expect((await room.refused('billing.subscriptionStart', early)).code).toBe('day-closed');
    await room.call('billing.subscriptionStart', { ...sold, startsOn: '2026-10-02' });

    // Opened again, it begins earlier: no day of it was charged.
    const tokyoUntil = async (): Promise<string | null | undefined> =>
      (await room.call('billing.dayState', {})).calendars.find(({ billingZone }) => billingZone !== '')
        ?.closedUntil;
    expect(await tokyoUntil()).toBe('2026-10-01');
    await close('2026-09-29');
    expect(await tokyoUntil()).toBe('2026-09-29');
    expect(await room.call('payments.paymentRecord', late)).toMatchObject({ already: false });
    await close(null);
    expect(await tokyoUntil()).toBeNull();
    await room.addVm('vm-3');
    await room.call('billing.subscriptionStart', { ...early, vmId: 'vm-3' });
    expect((await room.call('billing.dayState', {})).closedUntil).toBe('2026-10-01');
    expect(await room.call('billing.invoiceCreate', dated)).toMatchObject({ number: 'FV 2026/10/0002' });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('know of a zone in which somebody begins to charge at the same time', async () => {
    const address = await stores.newAddress();
    const room = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
    await room.call('billing.companySave', testCompany);
    const two =
      stores.kind === 'postgres' ? billingRoom(await stores.openAlso(address, billingSchema)) : room;
    const planId = await makePlan(room, 'Plan', [monthlyFee]);
    const toSell = async (billingZone: string, startsOn: string) => {
      const sold = { name: billingZone, country: 'PL', currency: 'PLN' } as const;
      const { customerId } = await room.call('customers.customerCreate', sold);
      const { profile } = await room.call('customers.billingProfileGet', { customerId });
      await room.call('customers.billingProfileSave', { customerId, profile: { ...profile, billingZone } });
      return { customerId, planId, startsOn: localDate(startsOn) };
    };
    const [inCairo, inTokyo] = [
      await toSell('Africa/Cairo', '2026-09-15'),
      await toSell('Asia/Tokyo', '2026-09-25'),
    ];
    // Closed while somebody begins: not before its days are charged.
    const [sold, refused] = await whileOpen(
      room.store,
      async (trx) => await subscriptionStart(room.parts, inTokyo, room.context(trx)),
      async () => await two.refused('billing.booksClose', { until: '2026-09-26' }),
    );
    expect([sold.ok, refused]).toMatchObject([
      true,
      { code: stores.kind === 'postgres' ? 'zone-added' : 'day-open' },
    ]);
    expect(await room.call('billing.companyBooks', {})).toMatchObject({ closedUntil: null });
    expect(await room.refused('billing.booksClose', { until: '2026-09-26' })).toMatchObject({
      code: 'day-open',
      facts: { day: '2026-09-25' },
    });
    // Begun while they close: after them.
    const until = localDate('2026-09-20');
    const [closed, late] = await whileOpen(
      room.store,
      async (trx) => await booksClose(room.parts, { until }, room.context(trx)),
      async () => await two.refused('billing.subscriptionStart', inCairo),
    );
    expect([closed.ok, late]).toMatchObject([true, { code: 'day-closed' }]);
  });

  it('and two who begin one zone at once end one after the other', async () => {
    const address = await stores.newAddress();
    const room = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
    await room.call('billing.companySave', testCompany);
    const another = async () =>
      stores.kind === 'postgres' ? billingRoom(await stores.openAlso(address, billingSchema)) : room;
    const [two, three] = [await another(), await another()];
    const planId = await makePlan(room, 'Plan', [monthlyFee]);
    const inTokyo = async (name: string) => {
      const { customerId } = await room.call('customers.customerCreate', {
        name,
        country: 'PL',
        currency: 'PLN',
      });
      const { profile } = await room.call('customers.billingProfileGet', { customerId });
      const asia = { ...profile, billingZone: 'Asia/Tokyo' };
      await room.call('customers.billingProfileSave', { customerId, profile: asia });
      return { customerId, planId, startsOn: localDate('2026-09-25') };
    };
    const [first, second] = [await inTokyo('First'), await inTokyo('Second')];
    const zone = { companyId: 'com_1', billingZone: 'Asia/Tokyo' };
    // The second one has looked for the calendar in vain, and whoever closes the books is the first to have it once it is there.
    const [made, [late, closed]] = await whileOpen(
      room.store,
      async (trx) => await subscriptionStart(room.parts, first, room.context(trx)),
      async () => {
        // In transactions that are not tried again: a deadlock would fail one of them.
        const selling = two.store.transaction<never, boolean>(
          async (trx) => (await subscriptionStart(two.parts, second, two.context(trx))).ok,
        );
        if (stores.kind === 'postgres') await somebodyWaits(room.store);
        const closing = three.store.transaction<never, boolean>(async (trx) => {
          await lockCalendar(trx as never, zone);
          const until = localDate('2026-09-24');
          return (await booksClose(three.parts, { until }, three.context(trx))).ok;
        });
        return await Promise.all([selling, closing]);
      },
      2,
    );
    expect([made.ok, late, closed]).toEqual([true, true, true]);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('wait for who posts, and whoever posts waits for them', async () => {
    const address = await stores.newAddress();
    const room = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
    await room.call('billing.companySave', testCompany);
    const two =
      stores.kind === 'postgres' ? billingRoom(await stores.openAlso(address, billingSchema)) : room;
    const acme = { name: 'Acme', country: 'PL', currency: 'PLN' } as const;
    const { customerId } = await room.call('customers.customerCreate', acme);
    const paid = {
      customerId,
      amount: zloty('500'),
      receivedOn: localDate('2026-09-30'),
      note: '',
      reference: 'A',
      allocations: [],
    };
    const [made, closed] = await whileOpen(
      room.store,
      async (trx) => await paymentRecord(room.parts, paid, room.context(trx)),
      async () => await two.call('billing.booksClose', { until: '2026-09-30' }),
    );
    expect([made.ok, closed]).toEqual([true, {}]);
    await expect(room.call('payments.paymentRecord', { ...paid, reference: 'B' })).rejects.toThrow('closed');
  });
});

describeOnBothStores('years of documents', (stores) => {
  it('that are opened by hand give no number before: nothing is done, and the sentence says what to do', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-08-31' });
    await closeDays(room, '2026-08-31', '2026-10-01');
    await room.call('billing.yearRuleSet', { years: 'by-hand' });
    await room.call('billing.invoiceCreate', { customerId, ...august });
    room.setNow('2027-01-05T08:00:00Z');
    const facts = {
      company: testCompany.name,
      customer: 'Klient vm-1',
      issuedOn: '2027-01-05',
      year: 2027,
    };
    expect(await room.refused('billing.invoiceCreate', { customerId, ...september })).toEqual({
      code: 'year-not-open',
      facts,
    });
    expect(await room.refused('documents.statementIssue', { customerId, ...september })).toEqual({
      code: 'year-not-open',
      facts,
    });
    await Promise.all([1, 2].map(async () => await room.call('billing.yearOpen', { year: 2027 })));
    expect(await room.call('billing.companyBooks', {})).toMatchObject({
      years: 'by-hand',
      opened: [{ year: 2027, by: 'anna' }, { year: 2026 }],
    });
    expect(await room.call('billing.invoiceCreate', { customerId, ...september })).toMatchObject({
      number: 'FV 2027/01/0001',
    });
    await room.call('documents.statementIssue', { customerId, ...september });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });
});
