import { afterAll, expect, it } from 'vitest';
import { advanceLine, paidAhead, supplied } from '../../../testing/advance-room.ts';
import { issueAdvanceAndDie } from '../../../testing/billing-child-process.ts';
import { closePressForTest, openBillingStore } from '../../../testing/billing-room.ts';
import { balances, inOrder, leftOf, september, twoEngines } from '../../../testing/money-room.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import { whileOpen } from '../../../testing/two-at-once.ts';
import { advanceIssue } from '../../payments/advance-issue.ts';
import type { BillingTables } from '../billing-tables.ts';

afterAll(closePressForTest);

describeOnBothStores('an advance invoice', (stores) => {
  it('whose engine is killed before it is printed stands, is printed by the next one, and is issued once', async () => {
    const { address, first, again } = await openBillingStore(stores);
    const { customerId } = await supplied(first);
    const paymentId = await paidAhead(first, { customerId, amountMinor: '12300' });
    await first.store.close();
    const invoiceId = await issueAdvanceAndDie(address, paymentId);

    const room = await again();
    const files = room.store.tables<BillingTables>().selectFrom('invoice_file').selectAll();
    expect(await files.execute()).toEqual([]);
    const more = { paymentId, lines: [advanceLine('12300')] };
    expect((await room.refused('payments.advanceIssue', more)).code).toBe('more-than-on-account');
    const printed = await Promise.all(
      [0, 1].map(async () => await room.call('billing.invoicePdf', { invoiceId })),
    );
    expect(printed[0]?.fileName).toBe('FZ-2026-10-0001.pdf');
    expect(printed[1]).toEqual(printed[0]);
    expect(await files.execute()).toMatchObject([{ invoice_id: invoiceId, sha256: printed[0]?.sha256 }]);
    const made = await room.call('billing.invoiceCreate', { customerId, ...september });
    expect(await room.call('billing.invoiceGet', { invoiceId: made.invoiceId })).toMatchObject({
      settles: [{ number: 'FZ 2026/10/0001' }],
      due: { amountMinor: '25830' },
    });
    expect(await balances(room)).toMatchObject({ 'advance-vat': 0, 'vat-payable': -7130, advances: 0 });
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it.each([
    ['for more than it is: the second is refused, and says what is left', '15000', '50.00 PLN', '5000'],
    ['for all of it twice: the second is refused', '20000', '0.00 PLN', '0'],
  ])('of a payment that two issue at once %s', async (_what, gross, left, rest) => {
    const [one, two] = await twoEngines(stores);
    const { customerId } = await supplied(one);
    const paymentId = await paidAhead(one, { customerId, amountMinor: '20000' });
    const asked = { paymentId, lines: [advanceLine(gross)] };
    const [made, refused] = await whileOpen(
      one.store,
      async (trx) => await advanceIssue(one.parts as never, asked, one.context(trx)),
      async () => await two.refused('payments.advanceIssue', asked),
    );
    expect(made).toMatchObject({ ok: true, value: { number: 'FZ 2026/10/0001' } });
    expect(refused).toMatchObject({ code: 'more-than-on-account', facts: { reference: 'ahead', left } });
    expect(await leftOf(one, paymentId)).toBe(rest);
    // The number that was refused is the next one's: no gap.
    const more = await paidAhead(two, { customerId, amountMinor: '1000', reference: 'more' });
    const next = await two.call('payments.advanceIssue', { paymentId: more, lines: [advanceLine('1000')] });
    expect(next.number).toBe('FZ 2026/10/0002');
    expect(await one.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });

  it('of a payment that ten issue at once, each for a tenth, is ten; the eleventh is refused', async () => {
    const [one, two] = await twoEngines(stores);
    const { customerId } = await supplied(one);
    const paymentId = await paidAhead(one, { customerId, amountMinor: '20000' });
    const tenth = { paymentId, lines: [advanceLine('2000')] };
    const answers = await Promise.allSettled(
      Array.from(
        { length: 11 },
        async (_, at) => await (at % 2 === 0 ? one : two).call('payments.advanceIssue', tenth),
      ),
    );
    const numbers = answers.flatMap((each) => (each.status === 'fulfilled' ? [each.value.number] : []));
    expect(numbers.toSorted()).toEqual(
      Array.from({ length: 10 }, (_, at) => `FZ 2026/10/${String(at + 1).padStart(4, '0')}`),
    );
    const failed = answers.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
    expect(failed).toEqual([expect.stringContaining('more-than-on-account')]);
    expect(await leftOf(one, paymentId)).toBe('0');
    expect(await one.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
  });
});
