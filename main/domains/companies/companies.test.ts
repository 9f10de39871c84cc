import { afterAll, expect, it } from 'vitest';
import { sql } from 'kysely';
import type { CompanyFields } from '../../../shared/domains/billing/company-contract.ts';
import {
  billingRoom,
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  testCompany,
  type BillingRoom,
} from '../../testing/billing-room.ts';
import { billingSchema } from '../../testing/billing-schema.ts';
import { whileOpen } from '../../testing/two-at-once.ts';
import { makeDefaultCompany } from '../billing/billing-public.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { BillingTables } from '../billing/billing-tables.ts';

afterAll(closePressForTest);

const czech: CompanyFields = {
  ...testCompany,
  name: 'Hostinec s.r.o.',
  city: 'Praha',
  country: 'CZ',
  vatId: 'CZ25596641',
  accounts: (['CZK', 'EUR', 'PLN'] as const).map((currency) => ({
    currency,
    iban: 'CZ6508000000192000145399',
    bic: 'GIBACZPX',
  })),
  timeZone: 'Europe/Prague',
};

/** Two companies; a customer of each, sold the same from the same day on; the end of August is closed and invoiced. */
async function twoCompanies(room: BillingRoom): Promise<{
  readonly other: string;
  readonly invoices: readonly string[];
  readonly customers: readonly string[];
}> {
  const { companyId: other } = await room.call('companies.companyAdd', czech);
  const ours = await sell(room, { vm: 'a', startsOn: '2026-08-30' });
  const theirs = await sell(room, {
    vm: 'b',
    startsOn: '2026-08-30',
    customer: { companyId: other, vatId: 'PL5252344078' },
  });
  await closeDays(room, '2026-08-30', '2026-09-01');
  for (const day of ['2026-08-30', '2026-08-31'])
    await room.call('billing.dayClose', { day, companyId: other });
  const customers = [ours.customerId, theirs.customerId];
  const invoices: string[] = [];
  for (const customerId of customers) {
    const period = { periodStart: '2026-08-30', periodEndExclusive: '2026-09-01' };
    invoices.push((await room.call('billing.invoiceCreate', { customerId, ...period })).invoiceId);
  }
  return { other, invoices, customers };
}

describeOnBothStores('two companies', (stores) => {
  it('sell, number, tax and book each by itself', async () => {
    const room = await openBillingRoom(stores);
    const { other, invoices, customers } = await twoCompanies(room);
    const [ours, theirs] = [
      await room.call('billing.invoiceGet', { invoiceId: invoices[0] ?? '' }),
      await room.call('billing.invoiceGet', { invoiceId: invoices[1] ?? '' }),
    ];
    // Each begins its own series; the same customer country is at home for one and abroad for the other.
    expect([ours.number, theirs.number]).toEqual(['FV 2026/10/0001', 'FV 2026/10/0001']);
    expect([ours.seller.name, theirs.seller.name]).toEqual([testCompany.name, czech.name]);
    expect([ours.lines[0]?.vatCategory, theirs.lines[0]?.vatCategory]).toEqual(['S', 'AE']);
    const totals = async (companyId?: string): Promise<Record<string, string>> => {
      const { rows } = await room.call('billing.trialBalance', { ...(companyId && { companyId }) });
      return Object.fromEntries(
        rows.map(({ account, debit, credit }) => [
          account,
          debit.amountMinor === '0' ? `-${credit.amountMinor}` : debit.amountMinor,
        ]),
      );
    };
    expect(await totals()).toEqual({
      receivables: '2460',
      unbilled: '-0',
      revenue: '-2000',
      'vat-payable': '-460',
    });
    expect(await totals(other)).toEqual({ receivables: '2000', unbilled: '-0', revenue: '-2000' });
    expect(await room.call('billing.ageing', { companyId: other })).toMatchObject({
      customers: 1,
      totals: [{ total: { amountMinor: '2000' } }],
      rows: [{ customerId: customers[1] }],
    });
    expect(await room.call('billing.ageing', {})).toMatchObject({ rows: [{ customerId: customers[0] }] });
    const august = { start: '2026-08-01', endExclusive: '2026-11-01' };
    const journal = await room.call('billing.journalExport', { ...august, companyId: other });
    expect([journal.lines, journal.fileName]).toEqual([
      3,
      'journal-Hostinec-s-r-o--2026-08-01-2026-10-31.csv',
    ]);
    expect(journal.csv).not.toContain('vat-payable');
    for (const [at, customerId] of customers.entries()) {
      const statement = await room.call('billing.customerStatement', { ...august, customerId });
      expect(statement.company).toBe([testCompany.name, czech.name][at]);
      expect(statement.accounts[0]?.closing.amountMinor).toBe(['2460', '2000'][at]);
    }
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({
      ok: true,
      problems: [],
      invoices: 2,
    });
  });

  it('give an invoice in koruna the variable symbol of its number', async () => {
    const room = await openBillingRoom(stores);
    const { companyId } = await room.call('companies.companyAdd', czech);
    const { customerId } = await sell(room, {
      vm: 'c',
      startsOn: '2026-08-30',
      customer: { companyId, country: 'CZ' },
      price: { currency: 'CZK' },
    });
    for (const day of ['2026-08-30', '2026-08-31']) await room.call('billing.dayClose', { day, companyId });
    const period = { periodStart: '2026-08-30', periodEndExclusive: '2026-09-01' };
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...period });
    const { json } = await room.call('billing.invoiceJson', { invoiceId });
    expect(JSON.parse(json)).toMatchObject({ number: 'FV 2026/10/0001', variableSymbol: '2026100001' });
  });

  it('close their days each by itself: one that waits holds up no other', async () => {
    const room = await openBillingRoom(stores);
    const { other } = await twoCompanies(room);
    await room.call('billing.dayClose', { day: '2026-09-01', companyId: other });
    const { calendars, closedUntil } = await room.call('billing.dayState', {});
    expect(closedUntil).toBe('2026-08-31');
    expect(calendars.map((each) => [each.company, each.closedUntil, each.openDays])).toEqual([
      [testCompany.name, '2026-08-31', 30],
      [czech.name, '2026-09-01', 29],
    ]);
  });

  it('hold what was paid in advance each by itself: one that has too much does not make up for another', async () => {
    const room = await openBillingRoom(stores);
    const { other, customers } = await twoCompanies(room);
    for (const [at, customerId] of customers.entries())
      await room.call('payments.paymentRecord', {
        customerId,
        amount: { amountMinor: '500', currency: 'PLN' },
        receivedOn: '2026-10-01',
        reference: `Ahead ${at}`,
        allocations: [],
      });
    const db = room.store.tables();
    for (const [companyId, debit, credit] of [
      ['com_1', 'cash', 'advances'],
      [other, 'advances', 'cash'],
    ] as const) {
      await sql`insert into ledger_entry (id, company_id, currency, booked_on, kind, source, memo, posted_at_ms)
        values (${`entry_${companyId}`}, ${companyId}, 'PLN', '2026-10-01', 'write-off', ${`off ${companyId}`}, '', 0)`.execute(
        db,
      );
      await sql`insert into ledger_line (entry_id, line_no, debit, credit, amount_minor)
        values (${`entry_${companyId}`}, 1, ${debit}, ${credit}, 7)`.execute(db);
    }
    const { problems } = await room.call('billing.ledgerVerify', {});
    expect(problems.filter((problem) => problem.startsWith('Advances'))).toEqual([
      `Advances received by ${czech.name} in PLN are 493 minor units, payments on no invoice come to 500.`,
      `Advances received by ${testCompany.name} in PLN are 507 minor units, payments on no invoice come to 500.`,
    ]);
  });

  it('are found mixed by the verification, whichever row it is', async () => {
    const room = await openBillingRoom(stores);
    const { customers, other } = await twoCompanies(room);
    const db = room.store.tables<BillingTables>();
    await sql`update customer set company_id = ${other} where id = ${customers[0] ?? ''}`.execute(db);
    const { problems } = await room.call('billing.ledgerVerify', {});
    expect(problems).toEqual([
      expect.stringMatching(/^The subscription sub_\S+ mixes two companies\.$/) as string,
      'The document FV 2026/10/0001 mixes two companies.',
      expect.stringMatching(/^The entry invoice inv_\S+ mixes two companies\.$/) as string,
    ]);
  });
});

describeOnBothStores('the list of companies', (stores) => {
  it('has the default one first; another becomes it and new customers with it', async () => {
    const room = await openBillingRoom(stores);
    const { companyId } = await room.call('companies.companyAdd', czech);
    await room.call('customers.customerCreate', { name: 'Acme', country: 'PL', currency: 'PLN' });
    await room.call('companies.companyMakeDefault', { companyId });
    const added = { name: 'Beta', country: 'PL', currency: 'PLN' } as const;
    const beta = await room.call('customers.customerCreate', added);
    expect((await room.call('customers.customerGet', beta)).companyId).toBe(companyId);
    const { rows } = await room.call('companies.companyList', {});
    expect(rows.map(({ name, isDefault, customers }) => [name, isDefault, customers])).toEqual([
      [czech.name, true, 1],
      [testCompany.name, false, 1],
    ]);
    expect((await room.call('billing.companyGet', {})).company?.name).toBe(czech.name);
    expect((await room.call('billing.companyGet', { companyId: 'com_1' })).company?.name).toBe(
      testCompany.name,
    );
  });

  it('has one default one whatever many make at once', async () => {
    const address = await stores.newAddress();
    const room = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
    await room.call('billing.companySave', testCompany);
    const again =
      stores.kind === 'postgres' ? billingRoom(await stores.openAlso(address, billingSchema)) : room;
    const { companyId } = await room.call('companies.companyAdd', czech);
    const third = { ...czech, name: 'Třetí', vatId: 'CZ45274649' };
    const { companyId: thirdId } = await room.call('companies.companyAdd', third);
    const [, made] = await whileOpen(
      room.store,
      async (trx) => await makeDefaultCompany(trx, companyId),
      async () => await again.call('companies.companyMakeDefault', { companyId: thirdId }),
    );
    expect(made).toEqual({});
    const { rows } = await room.call('companies.companyList', {});
    expect(rows.filter(({ isDefault }) => isDefault).map(({ name }) => name)).toEqual(['Třetí']);
  });

  it('refuses', async () => {
    const room = await openBillingRoom(stores);
    const cases: readonly [string, Parameters<BillingRoom['refused']>, object][] = [
      [
        'a company with the VAT id of another',
        ['companies.companyAdd', { ...czech, vatId: testCompany.vatId, country: 'PL' }],
        { code: 'vat-id-taken', facts: { vatId: testCompany.vatId, name: testCompany.name } },
      ],
      [
        'a wrong IBAN',
        [
          'companies.companyAdd',
          { ...czech, accounts: [{ currency: 'CZK', iban: 'CZ6508000000192000145398' }] },
        ],
        { code: 'iban-wrong' },
      ],
      [
        'an unknown default',
        ['companies.companyMakeDefault', { companyId: 'com_9' }],
        { code: 'no-such-company' },
      ],
      [
        'an unknown company to save',
        ['billing.companySave', { ...czech, companyId: 'com_9' }],
        { code: 'no-such-company' },
      ],
      [
        'the books of an unknown one',
        ['billing.trialBalance', { companyId: 'com_9' }],
        { code: 'no-such-company' },
      ],
      ['its ageing', ['billing.ageing', { companyId: 'com_9' }], { code: 'no-such-company' }],
      ['its days', ['billing.dayState', { companyId: 'com_9' }], { code: 'no-such-company' }],
      [
        'a day of an unknown one',
        ['billing.dayClose', { companyId: 'com_9', day: '2026-08-01' }],
        { code: 'no-such-calendar' },
      ],
      [
        'a day of a zone nobody is charged in',
        ['billing.dayClose', { billingZone: 'Asia/Tokyo', day: '2026-08-01' }],
        { code: 'no-such-calendar' },
      ],
      [
        'a customer of an unknown one',
        ['customers.customerCreate', { name: 'X', country: 'PL', currency: 'PLN', companyId: 'com_9' }],
        { code: 'no-such-company', facts: { companyId: 'com_9' } },
      ],
    ];
    for (const [what, [name, input], refusal] of cases)
      expect([what, await room.refused(name, input)]).toMatchObject([what, refusal]);
  });
});
