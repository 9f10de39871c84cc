import type { Kysely } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { addDays, localDate, type LocalDate } from '../../../shared/kernel/local-date.ts';
import {
  billingRoom,
  closeDays,
  closePressForTest,
  openBillingRoom,
  testCompany,
  type BillingRoom,
} from '../../testing/billing-room.ts';
import { billingSchema } from '../../testing/billing-schema.ts';
import { makePlan, monthlyFee, sellByPeriod } from '../../testing/period-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { takeBalanceEvents } from './balances-public.ts';
import { burnDays, lookAgain } from './balances-duty.ts';

afterAll(closePressForTest);

const grant = { guard: async () => undefined, signal: new AbortController().signal };
/** 12.30 a day with VAT. */
const daily = { ...monthlyFee, every: 'day', price: '10', timing: 'in-arrears' } as const;
const zloty = (amountMinor: string) => ({ amountMinor, currency: 'PLN' as const });

let payments = 0;
/** A payment that is put on no invoice. */
async function topUp(
  room: BillingRoom,
  customerId: string,
  on: { day: string; minor: string },
): Promise<void> {
  payments += 1;
  await room.call('payments.paymentRecord', {
    customerId,
    amount: zloty(on.minor),
    receivedOn: on.day,
    reference: `Top-up ${payments}`,
    allocations: [],
  });
}

async function sold(room: BillingRoom, name = 'Plan'): Promise<string> {
  const { customerId } = await sellByPeriod(room, { components: [daily], startsOn: '2026-10-01', name });
  return customerId;
}

const standing = async (room: BillingRoom, customerId: string, asOf?: LocalDate) =>
  await room.call('balances.balanceGet', { customerId, ...(asOf && { asOf }) });
const told = async (room: BillingRoom): Promise<string[]> =>
  (await room.call('balances.eventList', {})).rows.map(
    ({ seq, kind, was, day, balance }) => `${seq} ${day} ${was} ${kind} ${balance.amountMinor}`,
  );

describeOnBothStores('balances', (stores) => {
  it('that are paid ahead burn as days close, and who listens hears each change of state once', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-10-20T08:00:00Z');
    const customerId = await sold(room);
    await topUp(room, customerId, { day: '2026-10-01', minor: '5000' });
    await room.call('balances.termsSave', { customerId, mode: 'prepaid', low: zloty('2000') });
    for (let day = localDate('2026-10-01'); day < '2026-10-06'; day = addDays(day, 1)) {
      await room.call('billing.dayClose', { day });
      await burnDays(room, grant);
      await burnDays(room, grant);
    }
    const found = await standing(room, customerId, localDate('2026-10-05'));
    expect(found).toMatchObject({ mode: 'prepaid', state: 'exhausted', low: zloty('2000') });
    expect(
      found.days.map(({ day, paid, burned, balance }) => [day, paid, burned, balance].map(amountOf)),
    ).toEqual([
      ['2026-10-05', '0', '1230', '-1150'],
      ['2026-10-04', '0', '1230', '80'],
      ['2026-10-03', '0', '1230', '1310'],
      ['2026-10-02', '0', '1230', '2540'],
      ['2026-10-01', '5000', '1230', '3770'],
    ]);
    expect(await told(room)).toEqual(['1 2026-10-03 ok low 1310', '2 2026-10-05 low exhausted -1150']);
    // Paid: well again before the next day closes.
    await topUp(room, customerId, { day: '2026-10-06', minor: '10000' });
    await lookAgain(room, grant);
    await lookAgain(room, grant);
    expect((await told(room)).at(-1)).toBe('3 2026-10-06 exhausted recovered 8850');
    const take = async (listener: string, limit: number): Promise<number[]> =>
      await room.store.transaction<object, number[]>(async (trx) =>
        (await takeBalanceEvents(trx as unknown as Kysely<object>, listener, limit)).map(({ seq }) => seq),
      );
    expect(
      (await Promise.all([take('mail', 2), take('mail', 2), take('mail', 2)]))
        .flat()
        .toSorted((a, b) => a - b),
    ).toEqual([1, 2, 3]);
    expect(await take('mail', 10)).toEqual([]);
    expect(await take('crm', 10)).toEqual([1, 2, 3]);
    const invoiced = { customerId, periodStart: '2026-10-01', periodEndExclusive: '2026-10-06' };
    await room.call('billing.invoiceCreate', invoiced);
    // An invoice of what was burned changes nothing of what is left.
    const [account] = (await standing(room, customerId)).accounts;
    expect(account).toMatchObject({
      advances: zloty('15000'),
      receivables: zloty('6150'),
      unbilledNet: zloty('0'),
      balance: zloty('8850'),
    });
    expect((await standing(room, customerId, localDate('2026-10-02'))).accounts).toMatchObject([
      {
        advances: zloty('5000'),
        unbilledNet: zloty('2000'),
        unbilledGross: zloty('2460'),
        balance: zloty('2540'),
      },
    ]);
  });

  it('that are paid after are told of when they pass the limit', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-10-20T08:00:00Z');
    const customerId = await sold(room);
    await room.call('balances.termsSave', { customerId, mode: 'postpaid', creditLimit: zloty('2460') });
    const other = await sold(room, 'Without a limit');
    for (const [day, state] of [
      ['2026-10-01', 'ok'],
      ['2026-10-02', 'ok'],
      ['2026-10-03', 'over-limit'],
    ] as const) {
      await room.call('billing.dayClose', { day });
      await burnDays(room, grant);
      expect((await standing(room, customerId, localDate(day))).state).toBe(state);
    }
    expect(await told(room)).toEqual(['1 2026-10-03 ok over-limit -3690']);
    expect(await room.call('balances.watchList', {})).toMatchObject({
      total: 1,
      rows: [{ customerId, state: 'over-limit', since: '2026-10-03' }],
    });
    expect((await standing(room, other)).days).toEqual([]);
  });

  it('are told of once by two who burn at once, and by one who comes after one that died between two pages', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-10-20T08:00:00Z');
    const ids = [await sold(room, 'One'), await sold(room, 'Two'), await sold(room, 'Three')];
    for (const customerId of ids) await room.call('balances.termsSave', { customerId, mode: 'prepaid' });
    await closeDays(room, '2026-10-01', '2026-10-02');
    // The page of customers is written, the mark that the day is done is not.
    let transactions = 0;
    const died = {
      signal: grant.signal,
      guard: async () => {
        transactions += 1;
        if (transactions > 1) throw new Error('killed');
      },
    };
    await expect(burnDays(room, died)).rejects.toThrow('killed');
    expect(await told(room)).toHaveLength(3);
    const again = billingRoom(room.store);
    await Promise.all([burnDays(room, grant), burnDays(again, grant)]);
    expect(await told(room)).toHaveLength(3);
    await closeDays(room, '2026-10-02', '2026-10-05');
    await Promise.all([burnDays(room, grant), burnDays(again, grant)]);
    for (const id of ids) {
      const { days } = await standing(room, id);
      expect(days.map(({ burned }) => burned.amountMinor)).toEqual(['1230', '1230', '1230', '1230']);
    }
    expect(await told(room)).toHaveLength(3);
  });

  it('are of the day and the VAT of who sells and who buys, and nothing before anybody sells', async () => {
    const room = billingRoom(await stores.openStoreForTest(billingSchema));
    const first = { name: 'Jan', country: 'PL', currency: 'PLN' } as const;
    const { customerId: early } = await room.call('customers.customerCreate', first);
    expect(await standing(room, early)).toMatchObject({ accounts: [], state: 'ok', asOf: '2026-10-01' });
    await room.call('billing.companySave', { ...testCompany, consumersAbroad: 'oss' });
    // Where it is already the next day.
    const { companyId } = await room.call('companies.companyAdd', {
      ...testCompany,
      vatId: 'PL1132191233',
      timeZone: 'Pacific/Auckland',
    });
    room.setNow('2026-10-20T13:00:00Z');
    const there = await room.call('customers.customerCreate', { ...first, companyId });
    expect((await standing(room, there.customerId)).asOf).toBe('2026-10-21');

    const { customerId } = await room.call('customers.customerCreate', { ...first, kind: 'person' });
    const planId = await makePlan(room, 'For consumers', [daily]);
    await room.call('billing.subscriptionStart', { customerId, planId, startsOn: '2026-10-01' });
    const { profile } = await room.call('customers.billingProfileGet', { customerId });
    const proof = (kind: 'bank' | 'ip-address') => ({ kind, country: 'DE', detail: 'As of 2026-09-30' });
    await room.call('customers.billingProfileSave', {
      customerId,
      profile: { ...profile, taxCountry: 'DE', taxEvidence: [proof('bank'), proof('ip-address')] },
    });
    await closeDays(room, '2026-10-01', '2026-10-03');
    const [account] = (await standing(room, customerId)).accounts;
    expect([account?.unbilledNet, account?.unbilledGross]).toEqual([zloty('2000'), zloty('2380')]);
  });

  it('have the VAT of the product that a line by hand is of', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-10-20T08:00:00Z');
    const customerId = await sold(room);
    await room.call('billing.dayClose', { day: '2026-10-01' });
    const { productId } = await room.call('catalog.productCreate', {
      name: 'Book',
      kind: 'digital',
      vat: { supply: 'general-service', rateClass: 'second-reduced', exemptReason: '', exemptCode: '' },
    });
    const byHand = { customerId, unitPrice: '10.00', reason: 'Ordered', day: '2026-10-01' };
    await room.call('billing.chargeByHand', { ...byHand, productId, description: 'Book', reference: 'book' });
    await room.call('billing.chargeByHand', { ...byHand, description: 'Help', reference: 'help' });
    const [account] = (await standing(room, customerId)).accounts;
    // 10.00 a day and 10.00 by hand at 23 %, 10.00 at 5 %.
    expect([account?.unbilledNet, account?.unbilledGross]).toEqual([zloty('3000'), zloty('3510')]);
  });

  it('have no terms that nobody can mean', async () => {
    const room = await openBillingRoom(stores);
    const customerId = await sold(room);
    const refused = async (terms: object): Promise<string> =>
      (await room.refused('balances.termsSave', { customerId, mode: 'prepaid', ...terms })).code;
    expect(await refused({ customerId: 'cus_x' })).toBe('no-such-customer');
    expect(await refused({ low: { amountMinor: '5', currency: 'EUR' } })).toBe('other-currency');
    expect(await refused({ low: zloty('0') })).toBe('below-nothing');
    expect(await refused({ mode: 'postpaid', creditLimit: zloty('-1') })).toBe('below-nothing');
    // An amount is of the currency it was said in: nobody meant 1000.00 EUR by 1000.00 PLN.
    const acme = { name: 'Acme', country: 'PL', currency: 'PLN' } as const;
    const unbilled = await room.call('customers.customerCreate', acme);
    const changed = { ...acme, ...unbilled, currency: 'EUR' } as const;
    const limit = { ...unbilled, mode: 'postpaid', creditLimit: zloty('100000') } as const;
    await room.call('balances.termsSave', limit);
    expect(await room.refused('customers.customerSave', changed)).toEqual({
      code: 'has-balance-amounts',
      facts: { name: 'Acme', currency: 'PLN' },
    });
    await room.call('balances.termsSave', { ...unbilled, mode: 'prepaid' });
    await room.call('customers.customerSave', changed);
    expect((await room.call('balances.balanceGet', unbilled)).currency).toBe('EUR');
    expect((await room.refused('balances.balanceGet', { customerId: 'cus_x' })).code).toBe(
      'no-such-customer',
    );
  });
});

function amountOf(of: string | { readonly amountMinor: string }): string {
  return typeof of === 'string' ? of : of.amountMinor;
}
