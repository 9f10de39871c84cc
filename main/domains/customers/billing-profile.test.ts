import { afterAll, expect, it } from 'vitest';
import type { BillingProfile } from '../../../shared/domains/customers/billing-profile.ts';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  testCompany,
  type BillingRoom,
} from '../../testing/billing-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';

afterAll(closePressForTest);

const usual: BillingProfile = {
  companyId: 'com_1',
  billingZone: '',
  postal: null,
  taxCountry: '',
  taxEvidence: [],
  contacts: [],
};
const anna = {
  role: 'billing',
  name: 'Anna Lis',
  email: 'anna@acme.example',
  phone: '+48 22 123 45 67',
  language: 'pl',
} as const;
const full: BillingProfile = {
  ...usual,
  billingZone: 'Asia/Tokyo',
  postal: {
    name: 'Acme, box office',
    street: 'PO box 12',
    postcode: '00-001',
    city: 'Warszawa',
    country: 'PL',
  },
  contacts: [anna, { ...anna, role: 'technical', email: '', language: 'en' }],
};
const second = { ...testCompany, name: 'Druga sp. z o.o.', vatId: 'PL1132191233' };

const acme = { name: 'Acme', country: 'PL', currency: 'PLN', vatId: 'PL5252344078' } as const;
const newCustomer = async (room: BillingRoom): Promise<string> =>
  (await room.call('customers.customerCreate', acme)).customerId;
const profileOf = async (room: BillingRoom, customerId: string): Promise<BillingProfile> =>
  (await room.call('customers.billingProfileGet', { customerId })).profile;

describeOnBothStores('how a customer is billed', (stores) => {
  it('is kept as entered, and what another person changed meanwhile stays or is told', async () => {
    const room = await openBillingRoom(stores);
    const customerId = await newCustomer(room);
    expect(await room.call('customers.billingProfileGet', { customerId })).toEqual({
      profile: usual,
      fixed: false,
    });
    await room.call('customers.billingProfileSave', { customerId, profile: full });
    expect(await profileOf(room, customerId)).toEqual(full);
    await room.call('customers.billingProfileSave', {
      customerId,
      profile: { ...full, contacts: [anna] },
      before: full,
    });
    await room.call('customers.billingProfileSave', {
      customerId,
      profile: { ...full, postal: null },
      before: full,
    });
    expect(await profileOf(room, customerId)).toEqual({ ...full, postal: null, contacts: [anna] });
    const clash = { ...full, contacts: [] };
    expect(
      await room.refused('customers.billingProfileSave', { customerId, profile: clash, before: full }),
    ).toEqual({ code: 'changed-meanwhile', facts: { name: 'Acme', fields: 'contacts' } });
  });

  it('a customer changes its company until it was sold something; the same buyer is a customer of both', async () => {
    const room = await openBillingRoom(stores);
    const { companyId } = await room.call('companies.companyAdd', second);
    const customerId = await newCustomer(room);
    const profile = { ...usual, companyId };
    await room.call('customers.billingProfileSave', { customerId, profile });
    const again = await newCustomer(room);
    expect(await room.refused('customers.billingProfileSave', { customerId: again, profile })).toMatchObject({
      code: 'vat-id-taken',
      facts: { vatId: acme.vatId, company: second.name },
    });
    const total = async (asked: { companyId?: string; query?: string }): Promise<number> =>
      (await room.call('customers.customerList', { ...asked, limit: 0 })).total;
    expect([
      await total({ companyId }),
      await total({}),
      await total({ companyId, query: 'country:XX' }),
    ]).toEqual([1, 2, 0]);
    const sold = await sell(room, { vm: 'a', startsOn: '2026-09-01' });
    const of = { customerId: sold.customerId };
    expect(await room.refused('customers.billingProfileSave', { ...of, profile })).toEqual({
      code: 'company-fixed',
      facts: { name: 'Klient a', company: testCompany.name, other: second.name },
    });
    expect(
      await room.refused('customers.billingProfileSave', {
        ...of,
        profile: { ...usual, billingZone: 'Asia/Tokyo' },
      }),
    ).toEqual({ code: 'zone-fixed', facts: { name: 'Klient a', timeZone: 'Europe/Warsaw' } });
    expect((await room.call('customers.billingProfileGet', of)).fixed).toBe(true);
  });

  it('days close where the customer is billed: Tokyo’s day is over seven hours before Warsaw’s', async () => {
    const room = await openBillingRoom(stores);
    const customerId = await newCustomer(room);
    await room.call('customers.billingProfileSave', {
      customerId,
      profile: { ...usual, billingZone: 'Asia/Tokyo' },
    });
    const { planId } = await sell(room, { vm: 'a', startsOn: '2026-09-29' });
    await room.addVm('b');
    await room.call('billing.subscriptionStart', { customerId, planId, vmId: 'b', startsOn: '2026-09-29' });
    room.setNow('2026-09-29T15:30:00Z');
    const first = { day: '2026-09-29' };
    expect(await room.refused('billing.dayClose', first)).toMatchObject({ code: 'day-not-over' });
    expect(await room.call('billing.dayClose', { ...first, billingZone: 'Asia/Tokyo' })).toMatchObject({
      subscriptions: 1,
      posted: 1,
    });
    room.setNow('2026-10-01T08:00:00Z');
    await closeDays(room, '2026-09-29', '2026-10-01');
    const period = { customerId, periodStart: '2026-09-29', periodEndExclusive: '2026-10-01' };
    expect(await room.refused('billing.invoicePreview', period)).toEqual({
      code: 'period-open',
      facts: { customer: acme.name, day: '2026-09-30' },
    });
    await room.call('billing.dayClose', { day: '2026-09-30', billingZone: 'Asia/Tokyo' });
    expect(await room.call('billing.invoicePreview', period)).toMatchObject({
      net: { amountMinor: '2067' },
    });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('a private person with evidence of another country is taxed there, and the document keeps it', async () => {
    const room = await openBillingRoom(stores);
    await room.call('billing.companySave', { ...testCompany, consumersAbroad: 'oss' });
    const { customerId } = await sell(room, {
      vm: 'a',
      startsOn: '2026-09-30',
      customer: { kind: 'person', country: 'PL', currency: 'EUR' },
      price: { currency: 'EUR' },
    });
    const taxEvidence: BillingProfile['taxEvidence'] = [
      { kind: 'bank', country: 'DE', detail: 'IBAN DE…, first payment 2026-08-30' },
      { kind: 'ip-address', country: 'DE', detail: '192.0.2.7, order of 2026-08-30' },
    ];
    const profile = { ...usual, taxCountry: 'DE', taxEvidence };
    await room.call('customers.billingProfileSave', { customerId, profile });
    await closeDays(room, '2026-09-30', '2026-10-01');
    const period = { customerId, periodStart: '2026-09-30', periodEndExclusive: '2026-10-01' };
    const { invoiceId } = await room.call('billing.invoiceCreate', period);
    const invoice = await room.call('billing.invoiceGet', { invoiceId });
    expect(invoice.vatLines).toMatchObject([{ vatRate: '19' }]);
    const { json } = await room.call('billing.invoiceJson', { invoiceId });
    expect(JSON.parse(json)).toMatchObject({ taxed: { country: 'DE', evidence: taxEvidence } });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
  });

  it('refuses', async () => {
    const room = await openBillingRoom(stores);
    const jan = { name: 'Jan', kind: 'person', country: 'PL', currency: 'PLN' } as const;
    const { customerId } = await room.call('customers.customerCreate', jan);
    const evidence = { kind: 'bank', country: 'DE', detail: 'IBAN DE…' } as const;
    const cases: readonly [string, Partial<BillingProfile>, object][] = [
      [
        'an unknown company',
        { companyId: 'com_9' },
        { code: 'no-such-company', facts: { companyId: 'com_9' } },
      ],
      [
        'a tax country on one piece of evidence',
        { taxCountry: 'DE', taxEvidence: [evidence] },
        {
          code: 'tax-evidence-missing',
          facts: { name: 'Jan', country: 'PL', taxCountry: 'DE', missing: 1 },
        },
      ],
      [
        'a tax country on two pieces of one kind',
        { taxCountry: 'DE', taxEvidence: [evidence, evidence] },
        { code: 'tax-evidence-missing' },
      ],
    ];
    for (const [what, wrong, refusal] of cases) {
      const profile = { ...usual, ...wrong };
      expect([
        what,
        await room.refused('customers.billingProfileSave', { customerId, profile }),
      ]).toMatchObject([what, refusal]);
    }
    const forms: readonly [object, string][] = [
      [{ billingZone: 'Mars/Base' }, 'a time zone such as'],
      [{ contacts: [{ ...anna, email: '', phone: '' }] }, 'an e-mail address or'],
      [{ contacts: [{ ...anna, phone: '22 123' }] }, 'the prefix of its country'],
      [{ postal: { ...full.postal, city: '' } }, 'city'],
    ];
    for (const [wrong, words] of forms) {
      const profile = { ...usual, ...wrong } as BillingProfile;
      await expect(room.call('customers.billingProfileSave', { customerId, profile })).rejects.toThrow(words);
    }
  });
});
