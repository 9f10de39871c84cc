import { sql, type RawBuilder } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import {
  closeDays,
  closePressForTest,
  openBillingStore,
  sell,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import type { Store } from '../../../platform/store/store.ts';
import { billingInvoiceRows } from '../schema/20261130T2008-billing-invoice-rows.ts';

afterAll(closePressForTest);

const reason = 'a test';
const period = { periodStart: '2026-09-01', periodEndExclusive: '2026-09-02' } as const;

/** Invoices of 12.30 each, in the order of their numbers. */
async function invoiced(room: BillingRoom, names: readonly string[]): Promise<string[]> {
  const customers: string[] = [];
  for (const name of names) {
    const price = { perMonth: '300', perVcpuHour: '0', perGibHour: '0' };
    const sold = await sell(room, { vm: `vm of ${name}`, startsOn: '2026-09-01', price, customer: { name } });
    customers.push(sold.customerId);
  }
  await closeDays(room, '2026-09-01', '2026-09-02');
  const ids: string[] = [];
  for (const customerId of customers)
    ids.push((await room.call('billing.invoiceCreate', { customerId, ...period })).invoiceId);
  return ids;
}

/** As they are found by their state, each with what is open. */
async function found(room: BillingRoom): Promise<Record<string, string[]>> {
  const by: Record<string, string[]> = {};
  for (const state of ['open', 'overdue', 'paid', 'credited', 'written-off', 'credit-note']) {
    const { rows } = await room.call('billing.invoiceList', {
      query: `state:${state}`,
      sort: 'number',
      direction: 'asc',
    });
    // The state that it was found by is the one that the ledger says.
    for (const row of rows) expect([row.number, row.state]).toEqual([row.number, state]);
    by[state] = rows.map(({ customer, open }) => `${customer} ${open.amountMinor}`);
  }
  return by;
}

/** Takes away what the step makes: the store is as before it. */
async function takeBack(store: Store): Promise<void> {
  const run = async (...statements: string[]): Promise<void> => {
    for (const statement of statements) await sql.raw(statement).execute(store.tables());
  };
  const on = store.kind === 'postgres';
  await run(
    `drop trigger invoice_row_make${on ? ' on invoice' : ''}`,
    `drop trigger invoice_row_move${on ? ' on ledger_line' : ''}`,
    ...(on ? ['drop function invoice_row_make', 'drop function invoice_row_move'] : []),
    'drop table invoice_row',
    'create index invoice_narrow on invoice (number, id)',
    'create index invoice_by_number on invoice (year, id)',
    'create index invoice_by_gross on invoice (gross_minor, id)',
    `delete from store_schema_step where id = '${billingInvoiceRows.id}'`,
  );
}

describeOnBothStores('rows of the list of invoices', (stores) => {
  it('say what documents and ledger say, whatever is posted; a store from before has them afterwards', async () => {
    const { first, again } = await openBillingStore(stores);
    const names = ['Open', 'Paid', 'Part', 'Credited', 'Jarzębina', 'Written off'];
    const [, paid, part, credited, twice, writtenOff] = await invoiced(first, names);
    const pay = async (invoiceId: string | undefined, amountMinor: string): Promise<void> => {
      const { customerId } = await first.call('billing.invoiceGet', { invoiceId: invoiceId ?? '' });
      await first.call('payments.paymentRecord', {
        customerId,
        amount: { amountMinor, currency: 'PLN' },
        receivedOn: '2026-10-01',
        reference: `transfer of ${amountMinor}`,
        allocations: [{ invoiceId: invoiceId ?? '', amountMinor }],
      });
    };
    await pay(paid, '1230');
    await pay(part, '230');
    await first.call('billing.invoiceCredit', { invoiceId: credited ?? '', reason });
    const lines = [{ lineNo: 1, netMinor: '500' }];
    await first.call('billing.invoiceCredit', { invoiceId: twice ?? '', lines, reason });
    await first.call('billing.invoiceWriteOff', { invoiceId: writtenOff ?? '', reason });
    const expected = {
      open: ['Open 1230', 'Part 1000', 'Jarzębina 615'],
      overdue: [],
      paid: ['Paid 0'],
      credited: ['Credited 0'],
      'written-off': ['Written off 0'],
      'credit-note': ['Credited 0', 'Jarzębina 0'],
    };
    expect(await found(first)).toEqual(expected);
    const finds = async (room: BillingRoom, query: string): Promise<number> =>
      (await room.call('billing.invoiceList', { query })).total;
    expect(await finds(first, 'JARZEBINA')).toBe(2);
    expect(await finds(first, 'customer=jarzebina type:invoice')).toBe(1);
    expect(await finds(first, 'open>11')).toBe(1);
    expect(await first.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });

    await takeBack(first.store);
    await first.store.close();
    const room = await again();
    expect(await found(room)).toEqual(expected);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
    // And keeps them from then on.
    await room.call('billing.invoiceCredit', { invoiceId: twice ?? '', reason });
    expect((await found(room))['credited']).toEqual(['Credited 0', 'Jarzębina 0']);

    await sql`update invoice_row set open_minor = open_minor + 1 where open_minor = 1000`.execute(
      room.store.tables(),
    );
    const problems = async (): Promise<readonly string[]> =>
      (await room.call('billing.ledgerVerify', {})).problems;
    expect(await problems()).toEqual([
      'FV 2026/10/0003: its row in the list of invoices is not what it says (1001 open there, 1000 in the ledger, 0 credited).',
    ]);
    await sql`update invoice_row set open_minor = open_minor - 1 where open_minor = 1001`.execute(
      room.store.tables(),
    );
    for (const [column, other] of [
      ['net_minor', sql`net_minor + 1`],
      ['year', sql`year + 1`],
      ['seq', sql`seq + 1000`],
      ['company_id', sql`company_id || 'x'`],
      ['customer_folded', sql`customer_folded || 'x'`],
    ] as const) {
      const set = (to: RawBuilder<unknown>): Promise<unknown> =>
        sql`update invoice_row set ${sql.ref(column)} = ${to} where number = 'FV 2026/10/0003'`.execute(
          room.store.tables(),
        );
      await set(other);
      expect([column, await problems()]).toEqual([
        column,
        [
          'FV 2026/10/0003: its row in the list of invoices is not what it says (1000 open there, 1000 in the ledger, 0 credited).',
        ],
      ]);
      const asTheInvoice = column === 'customer_folded' ? sql`fold_text(customer_name)` : sql.ref(column);
      await set(sql`(select ${asTheInvoice} from invoice where invoice.id = invoice_row.id)`);
    }
    expect(await problems()).toEqual([]);
  });
});
