import { describe, expect, it } from 'vitest';
import { spacedIban } from '../../../../shared/domains/billing/iban-rules.ts';
import {
  closeDays,
  openBillingRoom,
  sell,
  testCompany,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { billingRoom } from '../../../testing/billing-room.ts';
import { billingSchema } from '../../../testing/billing-schema.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { billedVms, isBilled, runningSubscriptionsOf } from '../billing-public.ts';

describeOnBothStores('company', (stores) => {
  const openEmpty = async (): Promise<BillingRoom> =>
    billingRoom(await stores.openStoreForTest(billingSchema));

  it('is kept, read back in the form people write it, and replaced', async () => {
    const room = await openEmpty();
    expect(await room.call('billing.companyGet', {})).toEqual({ company: null });
    await room.call('billing.companySave', { ...testCompany, vatId: '525 234 40 78' });
    const accounts = testCompany.accounts.map((account) => ({ ...account, iban: spacedIban(account.iban) }));
    const kept = { ...testCompany, accounts };
    expect(await room.call('billing.companyGet', {})).toEqual({ company: kept });
    await room.call('billing.companySave', { ...testCompany, name: 'Zajazd S.A.', paymentDays: 30 });
    expect(await room.call('billing.companyGet', {})).toEqual({
      company: { ...kept, name: 'Zajazd S.A.', paymentDays: 30 },
    });
  });

  it.each([
    [
      'a wrong IBAN',
      { accounts: [{ currency: 'PLN' as const, iban: 'PL61109010140000071219812875' }] },
      'iban-wrong',
    ],
    ['a wrong VAT id', { vatId: 'PL5252344079' }, 'vat-id-malformed'],
    ['the VAT id of another country', { country: 'CZ' }, 'vat-id-malformed'],
  ])('refuses %s', async (_what, fields, code) => {
    const room = await openEmpty();
    expect(await room.refused('billing.companySave', { ...testCompany, ...fields })).toMatchObject({ code });
  });

  it.each([
    ['a number format without a year', { numberFormat: 'FV {seq}' }, /lacks \{year\}/],
    ['a number format with an unknown place', { numberFormat: 'FV {year}/{day}/{seq}' }, /has \{day\}/],
    ['a zone that is none', { timeZone: 'Europe/Atlantis' }, /timeZone/],
  ])('%s is bad input', async (_what, fields, message) => {
    const room = await openEmpty();
    await expect(room.call('billing.companySave', { ...testCompany, ...fields })).rejects.toThrow(message);
  });

  it('its zone can change until a day is charged in it', async () => {
    const room = await openBillingRoom(stores);
    await room.call('billing.companySave', { ...testCompany, timeZone: 'Europe/Prague' });
    await sell(room, { vm: 'vm-1', startsOn: '2026-09-30' });
    await closeDays(room, '2026-09-30', '2026-10-01');
    const moved = { ...testCompany, timeZone: 'Europe/London' };
    expect(await room.refused('billing.companySave', moved)).toEqual({
      code: 'zone-fixed',
      facts: { timeZone: 'Europe/Prague' },
    });
    await room.call('billing.companySave', { ...testCompany, timeZone: 'Europe/Prague', city: 'Łódź' });
  });
});

describeOnBothStores('subscriptions', (stores) => {
  it('keep the price as sold', async () => {
    const room = await openBillingRoom(stores);
    const { planId, subscriptionId } = await sell(room, { vm: 'vm-1', startsOn: '2026-10-01' });
    const price = { currency: 'PLN', perMonth: '999', perVcpuHour: '9', perGibHour: '9' } as const;
    await room.call('catalog.planPriceSet', { planId, price, validFrom: '2026-10-01' });
    const { rows } = await room.call('billing.subscriptionList', {});
    expect(rows).toEqual([
      expect.objectContaining({
        id: subscriptionId,
        vm: 'vm-1',
        plan: 'Plan vm-1',
        customer: 'Klient vm-1',
        price: { currency: 'PLN', perMonth: '310', perVcpuHour: '0.0125', perGibHour: '0.004' },
        startsOn: '2026-10-01',
        endsOn: null,
        chargedUntil: '2026-10-01',
      }),
    ]);
  });

  describe('are refused', () => {
    it('without a company', async () => {
      const room = billingRoom(await stores.openStoreForTest(billingSchema));
      const nobody = { customerId: 'cus_x', planId: 'plan_x', vmId: 'vm_x', startsOn: '2026-10-01' };
      expect(await room.refused('billing.subscriptionStart', nobody)).toMatchObject({ code: 'no-company' });
    });

    it('for a day long past where none is closed yet, unless it is meant', async () => {
      const room = await openBillingRoom(stores);
      const sold = await sell(room, { vm: 'vm-1', startsOn: '2026-09-14' });
      await room.addVm('vm-2');
      const start = { ...sold, vmId: 'vm-2', startsOn: '2025-09-29' };
      expect(await room.refused('billing.subscriptionStart', start)).toEqual({
        code: 'day-long-past',
        facts: { startsOn: '2025-09-29', today: '2026-10-01', plan: 'Plan vm-1', customer: 'Klient vm-1' },
      });
      await room.call('billing.subscriptionStart', { ...start, longPast: true });
      await room.addVm('vm-3');
      await room.call('billing.subscriptionStart', { ...start, vmId: 'vm-3', startsOn: '2025-09-30' });
    });

    it.each([
      ['an unknown customer', { customerId: 'cus_x' }, 'no-such-customer'],
      ['an unknown plan', { planId: 'plan_x' }, 'no-such-plan'],
      ['an unknown VM', { vmId: 'vm_x' }, 'no-such-vm'],
      ['a VM that is billed', { vmId: 'vm-1' }, 'vm-subscribed'],
      ['a day that is closed', { startsOn: '2026-09-15' }, 'day-closed'],
      ['a day before the plan had a price', { startsOn: '2019-12-31' }, 'no-price'],
    ])('for %s', async (_what, fields, code) => {
      const room = await openBillingRoom(stores);
      const sold = await sell(room, { vm: 'vm-1', startsOn: '2026-09-14' });
      await closeDays(room, '2026-09-14', '2026-09-20');
      await room.addVm('vm-2');
      const start = { ...sold, vmId: 'vm-2', startsOn: '2026-09-20', ...fields };
      const refused = await room.refused('billing.subscriptionStart', start);
      expect(refused.code).toBe(code);
      if (code === 'day-closed') expect(refused.facts).toMatchObject({ firstOpenDay: '2026-09-20' });
      if (code === 'vm-subscribed') expect(refused.facts).toEqual({ vm: 'vm-1', customer: 'Klient vm-1' });
    });

    it('for a customer that is put away, and where the plan has no price in its currency', async () => {
      const room = await openBillingRoom(stores);
      const { planId } = await sell(room, { vm: 'vm-1', startsOn: '2026-10-01' });
      await room.addVm('vm-2');
      const { customerId } = await room.call('customers.customerCreate', {
        name: 'Euro GmbH',
        country: 'DE',
        currency: 'EUR',
      });
      const start = { customerId, planId, vmId: 'vm-2', startsOn: '2026-10-01' };
      expect(await room.refused('billing.subscriptionStart', start)).toMatchObject({
        code: 'no-price',
        facts: { plan: 'Plan vm-1', currency: 'EUR', startsOn: '2026-10-01' },
      });
      await room.call('customers.customerArchive', { customerId, active: false });
      expect(await room.refused('billing.subscriptionStart', start)).toMatchObject({
        code: 'customer-archived',
      });
    });
  });

  it('five sold for one VM at once: one is sold', async () => {
    const room = await openBillingRoom(stores);
    const { customerId, planId } = await sell(room, { vm: 'vm-1', startsOn: '2026-10-01' });
    await room.addVm('vm-2');
    const start = { customerId, planId, vmId: 'vm-2', startsOn: '2026-10-01' };
    const answers = await Promise.allSettled(
      Array.from({ length: 5 }, async () => await room.call('billing.subscriptionStart', start)),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refused = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [String(answer.reason)] : [],
    );
    expect(refused.every((reason) => reason.includes('vm-subscribed'))).toBe(true);
    expect((await room.call('billing.subscriptionList', { query: 'vm:vm-2' })).total).toBe(1);
  });

  it('the database itself allows one running subscription per VM', async () => {
    const room = await openBillingRoom(stores);
    await sell(room, { vm: 'vm-1', startsOn: '2026-10-01' });
    const db = room.store.tables<{ subscription: { id: string } }>();
    const row = await db.selectFrom('subscription').selectAll().executeTakeFirstOrThrow();
    await expect(
      db
        .insertInto('subscription')
        .values({ ...row, id: 'sub_again' })
        .execute(),
    ).rejects.toMatchObject({ kind: 'unique' });
  });

  it('end on a day that is not charged, and the VM can be sold again from then on', async () => {
    const room = await openBillingRoom(stores);
    const sold = await sell(room, { vm: 'vm-1', startsOn: '2026-09-28' });
    await closeDays(room, '2026-09-28', '2026-09-30');
    const { subscriptionId } = sold;
    const end = async (endsOn: string): Promise<{ code: string }> =>
      await room.refused('billing.subscriptionEnd', { subscriptionId, endsOn });
    expect(await end('2026-09-29')).toMatchObject({
      code: 'day-closed',
      facts: { endsOn: '2026-09-29', firstOpenDay: '2026-09-30' },
    });
    expect(await end('2026-09-01')).toMatchObject({
      code: 'before-start',
      facts: { startsOn: '2026-09-28' },
    });
    const again = { ...sold, vmId: 'vm-1', startsOn: '2026-10-05' };
    await room.call('billing.subscriptionEnd', { subscriptionId, endsOn: '2026-10-05' });
    expect(await end('2026-10-06')).toMatchObject({ code: 'already-ended', facts: { endsOn: '2026-10-05' } });
    expect(
      await room.refused('billing.subscriptionStart', { ...again, startsOn: '2026-10-04' }),
    ).toMatchObject({
      code: 'vm-subscribed',
    });
    await room.call('billing.subscriptionStart', again);
    expect(
      await room.refused('billing.subscriptionEnd', { subscriptionId: 'sub_x', endsOn: '2026-10-05' }),
    ).toMatchObject({ code: 'no-such-subscription' });
  });

  it('the list finds what a query says', async () => {
    const room = await openBillingRoom(stores);
    await sell(room, { vm: 'vm-1', startsOn: '2026-09-01' });
    await sell(room, { vm: 'vm-2', startsOn: '2026-10-01' });
    await sell(room, { vm: 'vm-3', startsOn: '2026-11-01' });
    const queries: readonly (readonly [query: string, total: number])[] = [
      ['', 3],
      ['state:running', 2],
      ['state:ended', 0],
      ['state:coming', 1],
      ['vm:vm-2', 1],
      ['customer:"Klient vm-3"', 1],
      ['plan:"plan vm-1"', 1],
      ['klient', 3],
    ];
    for (const [query, total] of queries) {
      for (const sort of ['started', 'customer', 'plan'] as const) {
        const page = await room.call('billing.subscriptionList', { query, sort });
        expect([query, page.total, page.rows.length]).toEqual([query, total, total]);
      }
    }
  });

  it('the list finds them by the name that their customer has now, whatever its accents', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-09-01' });
    await sell(room, { vm: 'vm-2', startsOn: '2026-09-01' });
    const renamed = { name: 'Žluťoučký kůň', country: 'PL', currency: 'PLN' } as const;
    await room.call('customers.customerSave', { ...renamed, customerId });
    const foundBy = async (query: string): Promise<string[]> =>
      (await room.call('billing.subscriptionList', { query, sort: 'customer' })).rows.map(({ vm }) => vm);
    expect(await foundBy('klient')).toEqual(['vm-2']);
    for (const query of ['zlutoucky', 'customer:KUN', 'customer="žluťoučký kůň"', '-customer:klient'])
      expect([query, await foundBy(query)]).toEqual([query, ['vm-1']]);
    expect(await foundBy('customer=kun')).toEqual([]);
    expect(await foundBy('country:PL')).toHaveLength(2);
    expect(await foundBy('country:CZ,DE')).toEqual([]);
    const page = { query: '', sort: 'customer', direction: 'desc', limit: 1 } as const;
    const first = await room.call('billing.subscriptionList', page);
    const second = await room.call('billing.subscriptionList', { ...page, cursor: first.nextCursor ?? '' });
    expect([...first.rows, ...second.rows].map(({ customer }) => customer)).toEqual([
      'Žluťoučký kůň',
      'Klient vm-2',
    ]);
  });

  it('are known to other domains while they run', async () => {
    const room = await openBillingRoom(stores);
    const { customerId, subscriptionId } = await sell(room, { vm: 'vm-1', startsOn: '2026-09-01' });
    const db = room.store.tables();
    const nowMs = await room.parts.nowMs(room.store.tables());
    expect(await isBilled(db, customerId)).toBe(true);
    expect(await isBilled(db, 'cus_x')).toBe(false);
    expect([...(await runningSubscriptionsOf(db, [customerId, 'cus_x'], nowMs))]).toEqual([[customerId, 1]]);
    expect([...(await billedVms(db, ['vm-1', 'vm-2'], nowMs))]).toEqual([
      ['vm-1', expect.objectContaining({ subscriptionId, customerId, plan: 'Plan vm-1' })],
    ]);
    await room.call('billing.subscriptionEnd', { subscriptionId, endsOn: '2026-10-01' });
    expect((await billedVms(db, ['vm-1'], nowMs)).size).toBe(0);
  });
});
