import { describe, expect, it } from 'vitest';
import { billingRoom, openBillingRoom, sell } from '../../testing/billing-room.ts';
import { billingSchema } from '../../testing/billing-schema.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { customerFacts, customerHits, customerNames } from './customers-public.ts';

const acme = { name: 'Acme', country: 'PL', currency: 'PLN' } as const;

describeOnBothStores('customers', (stores) => {
  const open = async (): Promise<ReturnType<typeof billingRoom>> =>
    billingRoom(await stores.openStoreForTest(billingSchema));

  it('numbers customers from C-10001 on, and gives the number of a refused one to the next', async () => {
    const room = await open();
    const first = await room.call('customers.customerCreate', { ...acme, vatId: '525-234-40-78' });
    const refused = await room.refused('customers.customerCreate', {
      ...acme,
      name: 'Again',
      vatId: 'PL5252344078',
    });
    const second = await room.call('customers.customerCreate', { ...acme, name: 'Beta' });
    expect([first.number, second.number]).toEqual(['C-10001', 'C-10002']);
    expect(refused).toEqual({
      code: 'vat-id-taken',
      facts: { vatId: 'PL5252344078', name: 'Acme', number: 'C-10001' },
    });
  });

  it('keeps what was entered, the VAT id in normal form, and reads it back', async () => {
    const room = await open();
    const entered = {
      kind: 'company',
      name: 'Őrség Kft.',
      street: 'Fő utca 1',
      postcode: '1011',
      city: 'Budapest',
      country: 'HU',
      vatId: '12892312',
      email: 'info@orseg.example',
      currency: 'HUF',
      language: 'en',
      timeZone: 'Europe/Budapest',
      notes: 'VIP',
    } as const;
    const { customerId, number } = await room.call('customers.customerCreate', entered);
    expect(await room.call('customers.customerGet', { customerId })).toEqual({
      ...entered,
      vatId: 'HU12892312',
      id: customerId,
      companyId: 'com_1',
      number,
      active: true,
      vms: 0,
      subscriptions: 0,
      balance: { amountMinor: '0', currency: 'HUF' },
      vatCheck: null,
      createdAt: '2026-10-01T08:00:00.000Z',
    });
  });

  it.each([
    ['a wrong check digit', { vatId: 'PL5252344079' }, 'vat-id-malformed'],
    ['the form of another country', { country: 'CZ', vatId: 'PL5252344078' }, 'vat-id-malformed'],
  ])('refuses %s', async (_what, fields, code) => {
    const room = await open();
    const refused = await room.refused('customers.customerCreate', { ...acme, ...fields });
    expect(refused).toMatchObject({ code, facts: { vatId: fields.vatId } });
    expect((await room.call('customers.customerList', {})).total).toBe(0);
  });

  it('two created at once with one VAT id: one is refused, in words', async () => {
    const room = await open();
    const twice = ['One', 'Two'].map(async (name) => {
      const input = { ...acme, name, vatId: 'PL5252344078' };
      return await room.call('customers.customerCreate', input).catch((error: unknown) => String(error));
    });
    const answers = await Promise.all(twice);
    expect(answers.filter((answer) => typeof answer === 'string')).toEqual([
      expect.stringContaining('vat-id-taken') as string,
    ]);
    expect((await room.call('customers.customerList', {})).total).toBe(1);
  });

  it('twenty created at once have twenty numbers without a gap', async () => {
    const room = await open();
    const made = await Promise.all(
      Array.from(
        { length: 20 },
        async (_, at) => await room.call('customers.customerCreate', { ...acme, name: `Customer ${at}` }),
      ),
    );
    expect(made.map(({ number }) => number).toSorted()).toEqual(
      Array.from({ length: 20 }, (_, at) => `C-${10_001 + at}`),
    );
  });

  it('the last to save wins, the audit log has both, and an own VAT id is no duplicate', async () => {
    const room = await open();
    const { customerId } = await room.call('customers.customerCreate', { ...acme, vatId: 'PL5252344078' });
    for (const name of ['Acme One', 'Acme Two']) {
      await room.call('customers.customerSave', { ...acme, customerId, name, vatId: 'PL5252344078' });
    }
    expect(await room.call('customers.customerGet', { customerId })).toMatchObject({ name: 'Acme Two' });
    const rows = await room.store.audit.list({ limit: 10, operation: 'customers.customerSave' });
    expect(rows.map((row) => (row.input as { name: string }).name)).toEqual(['Acme Two', 'Acme One']);
    const other = await room.call('customers.customerCreate', { ...acme, name: 'Other' });
    const taken = { ...acme, customerId: other.customerId, vatId: 'PL5252344078' };
    expect(await room.refused('customers.customerSave', taken)).toMatchObject({ code: 'vat-id-taken' });
    expect(await room.refused('customers.customerSave', { ...acme, customerId: 'cus_x' })).toEqual({
      code: 'no-such-customer',
      facts: { customerId: 'cus_x' },
    });
  });

  it('edited by two people has what both changed, and is refused where both changed the same', async () => {
    const room = await open();
    const { customerId } = await room.call('customers.customerCreate', acme);
    const seen = { ...acme, city: '', notes: '' };
    const edit = (mine: Partial<typeof seen>) => ({ ...seen, ...mine, customerId, before: seen });
    await room.call('customers.customerSave', edit({ city: 'Brno' }));
    await room.call('customers.customerSave', edit({ notes: 'calls on Mondays' }));
    expect(await room.call('customers.customerGet', { customerId })).toMatchObject({
      city: 'Brno',
      notes: 'calls on Mondays',
    });
    expect(await room.refused('customers.customerSave', edit({ city: 'Praha' }))).toEqual({
      code: 'changed-meanwhile',
      facts: { name: acme.name, fields: 'city' },
    });
  });

  it('what is billed fixes the currency, and holds the customer', async () => {
    const room = await openBillingRoom(stores);
    const { customerId } = await sell(room, { vm: 'vm-1', startsOn: '2026-09-01' });
    const save = { name: 'Klient vm-1', country: 'PL', customerId } as const;
    expect(await room.refused('customers.customerSave', { ...save, currency: 'EUR' })).toEqual({
      code: 'currency-fixed',
      facts: { name: 'Klient vm-1', currency: 'PLN' },
    });
    await room.call('customers.customerSave', { ...save, currency: 'PLN', city: 'Gdańsk' });
    expect(await room.refused('customers.customerArchive', { customerId, active: false })).toEqual({
      code: 'has-subscriptions',
      facts: { name: 'Klient vm-1', count: 1 },
    });
  });

  it.each([
    ['účto', 1],
    ['ÚČTO', 1],
    ['Účto', 1],
    ['name="HORIZONT ÚČTO S.R.O."', 1],
    ['name!="horizont účto s.r.o."', 1],
    ['ŁĄKOWA', 1],
    ['ucto', 1],
    ['lakowa', 1],
    ['ucta', 0],
  ])('%s finds letters beyond ASCII whatever their case and accents: %i', async (query, total) => {
    const room = await open();
    await room.call('customers.customerCreate', { ...acme, name: 'Horizont Účto s.r.o.' });
    await room.call('customers.customerCreate', { ...acme, name: 'Biuro łąkowa' });
    expect(await room.call('customers.customerList', { query })).toMatchObject({ total });
  });

  it('puts a customer away and brings it back', async () => {
    const room = await open();
    const { customerId } = await room.call('customers.customerCreate', { ...acme });
    await room.call('customers.customerArchive', { customerId, active: false });
    expect(await room.call('customers.customerList', { query: 'active:no' })).toMatchObject({ total: 1 });
    await room.call('customers.customerArchive', { customerId, active: true });
    expect(await room.call('customers.customerGet', { customerId })).toMatchObject({ active: true });
    expect(
      await room.refused('customers.customerArchive', { customerId: 'cus_x', active: true }),
    ).toMatchObject({
      code: 'no-such-customer',
    });
  });

  describe('the list', () => {
    const names = ['Delta', 'alpha', 'Charlie', 'bravo', 'Echo'];
    const fill = async (): Promise<ReturnType<typeof billingRoom>> => {
      const room = await open();
      for (const [at, name] of names.entries()) {
        const country = at % 2 === 0 ? 'PL' : 'CZ';
        await room.call('customers.customerCreate', { ...acme, name, country, email: `${name}@x.example` });
      }
      return room;
    };

    it.each([
      ['name', 'asc', ['alpha', 'bravo', 'Charlie', 'Delta', 'Echo']],
      ['name', 'desc', ['Echo', 'Delta', 'Charlie', 'bravo', 'alpha']],
      ['number', 'asc', names],
      ['created', 'desc', names.toReversed()],
      ['balance', 'asc', undefined],
    ] as const)('by %s %s, two at a time, has everybody once', async (sort, direction, expected) => {
      const room = await fill();
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await room.call('customers.customerList', {
          sort,
          direction,
          limit: 2,
          ...(cursor === undefined ? {} : { cursor }),
        });
        expect(page.total).toBe(5);
        found.push(...page.rows.map((row) => row.name));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(found.toSorted()).toEqual(names.toSorted());
      // Customers made in one millisecond are told apart by chance only.
      if (expected !== undefined && sort !== 'created') expect(found).toEqual(expected);
    });

    it('finds what a query says', async () => {
      const room = await fill();
      const queries: readonly (readonly [query: string, total: number])[] = [
        ['', 5],
        ['al', 1],
        ['country:CZ', 2],
        ['-country:CZ', 3],
        ['name:a country:PL', 2],
        ['C-10003', 1],
        ['bravo@x', 1],
        ['currency:EUR', 0],
        ['name:bravo@x', 0],
        ['name=ALPHA', 1],
        ['name=alph', 0],
        ['name!=alpha', 4],
      ];
      for (const [query, total] of queries) {
        expect([query, (await room.call('customers.customerList', { query })).total]).toEqual([query, total]);
      }
    });

    it('finds names whatever their accents, those of now and none of before', async () => {
      const room = await open();
      const polish = { ...acme, name: 'Żółta Łódź', vatId: 'PL5252344078', email: 'biuro@lodz.example' };
      const { customerId } = await room.call('customers.customerCreate', polish);
      const german = await room.call('customers.customerCreate', { ...acme, name: 'Groß & Söhne' });
      const foundBy = async (query: string): Promise<string[]> =>
        (await room.call('customers.customerList', { query })).rows.map(({ id }) => id);
      for (const query of ['zolta', 'ŁÓDŹ', 'name:"ZOLTA LODZ"', 'name="żółta łódź"', 'pl525234', 'BIURO@'])
        expect([query, await foundBy(query)]).toEqual([query, [customerId]]);
      expect(await foundBy('name:gross')).toEqual([german.customerId]);
      await room.call('customers.customerSave', {
        ...polish,
        customerId,
        name: 'Čistá',
        vatId: '',
        email: '',
      });
      for (const query of ['zolta', 'lodz', 'pl525234', 'biuro']) expect(await foundBy(query)).toEqual([]);
      for (const query of ['cista', 'name:ČIST', 'name=cista'])
        expect(await foundBy(query)).toEqual([customerId]);
      expect((await customerHits(room.store.tables(), 'čistá', 5)).map(({ id }) => id)).toEqual([customerId]);
    });

    it('says where a query is not clear', async () => {
      const room = await fill();
      await expect(room.call('customers.customerList', { query: 'colour:red' })).rejects.toThrow(
        /no field colour here/,
      );
    });
  });

  it('is found by others: facts, names and hits', async () => {
    const room = await open();
    const { customerId } = await room.call('customers.customerCreate', { ...acme, vatId: 'PL5252344078' });
    const db = room.store.tables();
    expect(await customerFacts(db, customerId)).toMatchObject({
      name: 'Acme',
      number: 'C-10001',
      active: true,
    });
    expect(await customerFacts(db, 'cus_x')).toBeUndefined();
    expect([...(await customerNames(db, [customerId, 'cus_x']))]).toEqual([
      [customerId, { number: 'C-10001', name: 'Acme', active: true }],
    ]);
    for (const text of ['acm', '10001', 'pl5252']) {
      expect((await customerHits(db, text, 5)).map((hit) => hit.id)).toEqual([customerId]);
    }
    expect(await customerHits(db, '100%', 5)).toEqual([]);
  });
});
