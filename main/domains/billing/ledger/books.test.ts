import { afterAll, describe, expect, it } from 'vitest';
import {
  closeDays,
  closePressForTest,
  openBillingRoom,
  sell,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';

afterAll(closePressForTest);

const september = { periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' } as const;
const autumn = { start: '2026-09-01', endExclusive: '2026-11-01' } as const;

/** Two customers with an invoice each: 381.30 PLN, credited by 12.30, and 310.00 EUR (reverse charge), 10.00 given up. */
async function books(room: BillingRoom): Promise<{ polish: string; czech: string }> {
  const polish = await sell(room, { vm: 'vm-1', startsOn: '2026-09-01' });
  const czech = await sell(room, {
    vm: 'vm-2',
    startsOn: '2026-09-01',
    customer: { country: 'CZ', vatId: 'CZ27082440' },
    price: { currency: 'EUR' },
  });
  await closeDays(room, '2026-09-01', '2026-10-01');
  const issue = async (customerId: string): Promise<string> =>
    (await room.call('billing.invoiceCreate', { customerId, ...september })).invoiceId;
  const first = await issue(polish.customerId);
  room.setNow('2026-10-01T08:00:01Z');
  const second = await issue(czech.customerId);
  room.setNow('2026-10-05T08:00:00Z');
  const lines = [{ lineNo: 1, netMinor: '1000' }];
  await room.call('billing.invoiceCredit', { invoiceId: first, lines, reason: 'An outage, "long"' });
  // Ids sort by the millisecond, and the journal of a day by ids.
  room.setNow('2026-10-05T08:00:01Z');
  await room.call('billing.invoiceWriteOff', { invoiceId: second, amountMinor: '1000', reason: '=bank fee' });
  return { polish: polish.customerId, czech: czech.customerId };
}

describeOnBothStores('the books', (stores) => {
  it('by month: what moved receivables foots with what was owed before and after', async () => {
    const room = await openBillingRoom(stores);
    await books(room);
    const { currencies } = await room.call('billing.booksByMonth', { months: 3 });
    expect(currencies.map(({ currency, months }) => [currency, months.map(({ month }) => month)])).toEqual([
      ['PLN', ['2026-08', '2026-09', '2026-10']],
      ['EUR', ['2026-08', '2026-09', '2026-10']],
    ]);
    const figures = currencies.map(({ months }) =>
      months.map((month) =>
        [month.revenue, month.invoiced, month.credited, month.writtenOff, month.paid, month.receivables].map(
          ({ amountMinor }) => Number(amountMinor),
        ),
      ),
    );
    expect(figures).toEqual([
      [
        [0, 0, 0, 0, 0, 0],
        [31_000, 0, 0, 0, 0, 0],
        [-1000, 38_130, 1230, 0, 0, 36_900],
      ],
      [
        [0, 0, 0, 0, 0, 0],
        [31_000, 0, 0, 0, 0, 0],
        [0, 31_000, 0, 1000, 0, 30_000],
      ],
    ]);
    expect(currencies[0]?.months.map(({ final }) => final)).toEqual([true, true, false]);
  });

  it('go out as a journal: every line once, debits as credits, what is text quoted and no formula', async () => {
    const room = await openBillingRoom(stores);
    const { polish } = await books(room);
    const { csv, fileName, lines } = await room.call('billing.journalExport', autumn);
    const rows = csv.split('\r\n');
    expect(fileName).toBe('journal-2026-09-01-2026-10-31.csv');
    expect(rows[0]).toBe('entry,booked,kind,currency,debit,credit,amount,customer,document,memo');
    expect(rows.at(-1)).toBe('');
    expect(rows).toHaveLength(lines + 2);
    const october = rows
      .filter((row) => row.includes(',2026-10-'))
      .map((row) => row.replace(/^entry_\w+/, ''));
    expect(october).toEqual([
      `,2026-10-01,invoice,PLN,receivables,unbilled,310.00,${polish},FV 2026/10/0001,FV 2026/10/0001`,
      `,2026-10-01,invoice,PLN,receivables,vat-payable,71.30,${polish},FV 2026/10/0001,FV 2026/10/0001`,
      expect.stringMatching(/^,2026-10-01,invoice,EUR,receivables,unbilled,310.00,cus_\w+,FV 2026\/10\/0002/),
      `,2026-10-05,credit-note,PLN,revenue,receivables,10.00,${polish},FK 2026/10/0001,FK 2026/10/0001 takes from FV 2026/10/0001`,
      `,2026-10-05,credit-note,PLN,vat-payable,receivables,2.30,${polish},FK 2026/10/0001,FK 2026/10/0001 takes from FV 2026/10/0001`,
      expect.stringMatching(
        /,write-off,EUR,write-offs,receivables,10.00,cus_\w+,FV 2026\/10\/0002,FV 2026\/10\/0002: =bank fee$/,
      ),
    ]);
    const zlotys = await room.call('billing.journalExport', { ...autumn, currency: 'PLN' });
    expect(zlotys.csv).not.toContain(',EUR,');
    const none = await room.call('billing.journalExport', {
      start: '2027-01-01',
      endExclusive: '2027-02-01',
    });
    expect(none.lines).toBe(0);
  });

  it.each([
    ['2026-10-15', ['36900', '0', '0', '0', '0']],
    ['2026-10-16', ['0', '36900', '0', '0', '0']],
    ['2026-11-14', ['0', '36900', '0', '0', '0']],
    ['2026-11-15', ['0', '0', '36900', '0', '0']],
    ['2026-12-15', ['0', '0', '0', '36900', '0']],
    ['2027-01-14', ['0', '0', '0', '0', '36900']],
  ])('age: at the end of %s', async (asOf, buckets) => {
    const room = await openBillingRoom(stores);
    await books(room);
    const { rows, totals, customers } = await room.call('billing.ageing', { asOf });
    expect(customers).toBe(2);
    const [zloty] = rows.filter(({ total }) => total.currency === 'PLN');
    const amounts = [zloty?.notDue, zloty?.to30, zloty?.to60, zloty?.to90, zloty?.over90].map(
      (of) => of?.amountMinor,
    );
    expect(amounts).toEqual(buckets);
    expect(totals.map(({ total }) => [total.currency, total.amountMinor])).toEqual([
      ['EUR', '30000'],
      ['PLN', '36900'],
    ]);
  });

  it('age as they were: before the credit note more was owed, before the invoice nothing', async () => {
    const room = await openBillingRoom(stores);
    await books(room);
    const owed = async (asOf: string): Promise<string[]> =>
      (await room.call('billing.ageing', { asOf })).totals.map(({ total }) => total.amountMinor);
    expect(await owed('2026-10-04')).toEqual(['31000', '38130']);
    expect(await owed('2026-09-30')).toEqual([]);
  });

  describe('of one customer', () => {
    it('are a statement: what was owed before, each entry with the balance after it, what is owed', async () => {
      const room = await openBillingRoom(stores);
      const { polish: customerId } = await books(room);
      const statement = await room.call('billing.customerStatement', { customerId, ...autumn });
      expect(statement.customer).toBe('Klient vm-1');
      const [account] = statement.accounts;
      expect(account).toMatchObject({
        currency: 'PLN',
        opening: { amountMinor: '0' },
        closing: { amountMinor: '36900' },
      });
      expect(
        account?.entries.map((entry) => [
          entry.kind,
          entry.words,
          entry.amount.amountMinor,
          entry.balance.amountMinor,
        ]),
      ).toEqual([
        ['invoice', 'FV 2026/10/0001', '38130', '38130'],
        ['credit-note', 'FK 2026/10/0001', '-1230', '36900'],
      ]);
      const later = { start: '2026-10-05', endExclusive: '2026-10-06' };
      const { accounts } = await room.call('billing.customerStatement', { customerId, ...later });
      expect(accounts).toMatchObject([
        { opening: { amountMinor: '38130' }, closing: { amountMinor: '36900' } },
      ]);
    });

    it('are refused where there is none', async () => {
      const room = await openBillingRoom(stores);
      const refused = await room.refused('billing.customerStatement', { customerId: 'cus_x', ...autumn });
      expect(refused.code).toBe('no-such-customer');
    });
  });
});
