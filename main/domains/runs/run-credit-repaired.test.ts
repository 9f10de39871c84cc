import { afterAll, expect, it } from 'vitest';
import { addDays, localDate, type LocalDate } from '../../../shared/kernel/local-date.ts';
import { closePressForTest } from '../../testing/billing-room.ts';
import type { DomainsRoom } from '../../testing/domains-room.ts';
import { monthlyFee } from '../../testing/period-room.ts';
import { approveRun, openRunsRoom, previewMonth } from '../../testing/runs-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import type { BillingTables } from '../billing/billing-tables.ts';
import { readDocument } from '../billing/invoices/invoice-document.ts';
import type { CustomersTables } from '../customers/customers-tables.ts';

afterAll(closePressForTest);

/** What a call answers; throws what it was refused with. */
function made<T>(answer: T | string): T {
  if (typeof answer === 'string') throw new Error(answer);
  return answer;
}

/** A customer whose repair of October stands on the invoice of November, all of which is taken back after. */
class Repaired {
  private readonly room: DomainsRoom;
  private day = localDate('2024-10-01');
  private readonly subscriptions: string[] = [];
  customer = '';

  constructor(room: DomainsRoom) {
    this.room = room;
  }

  /** 310.00 a month, or a price, each in a product of its own where it has a rate of its own. */
  async sell(
    plans: readonly { readonly price: string; readonly vat?: 'included'; readonly rate?: 5 }[],
  ): Promise<void> {
    const { room } = this;
    const of = { name: 'Klient', country: 'PL', currency: 'PLN' } as const;
    ({ customerId: this.customer } = made(await room.call('customers.customerCreate', of)));
    for (const [at, { price, vat = 'added', rate }] of plans.entries()) {
      const rated = { supply: 'general-service', exemptReason: '', exemptCode: '' } as const;
      const { productId } = made(
        await room.call('catalog.productCreate', {
          name: `Product ${at}`,
          kind: 'labour',
          vat: { ...rated, rateClass: rate === 5 ? 'second-reduced' : 'standard' },
        }),
      );
      const fee = { ...monthlyFee, align: 'calendar', price } as const;
      const { planId } = made(
        await room.call('catalog.planCreate', {
          productId,
          name: `Plan ${at}`,
          periodPrices: [{ currency: 'PLN', vat, components: [fee] }],
          validFrom: '2020-01-01',
        }),
      );
      const sold = {
        customerId: this.customer,
        planId,
        startsOn: '2024-10-01',
        quantity: '2',
        longPast: true,
      };
      this.subscriptions.push(made(await room.call('billing.subscriptionStart', sold)).subscriptionId);
    }
  }

  /** Days until before this one are closed. */
  async until(next: string): Promise<void> {
    for (; this.day < next; this.day = addDays(this.day, 1))
      made(await this.room.call('billing.dayClose', { day: this.day }));
  }

  async change(quantity: string): Promise<void> {
    for (const subscriptionId of this.subscriptions)
      made(
        await this.room.call('billing.subscriptionChange', {
          subscriptionId,
          change: { do: 'change', quantity },
          on: this.day,
        }),
      );
  }

  async end(at?: number): Promise<void> {
    const ended = at === undefined ? this.subscriptions : this.subscriptions.slice(at, at + 1);
    for (const subscriptionId of ended)
      made(await this.room.call('billing.subscriptionEnd', { subscriptionId, endsOn: this.day }));
  }

  async invoice(start: string, endExclusive: string): Promise<string> {
    const asked = {
      customerId: this.customer,
      periodStart: localDate(start),
      periodEndExclusive: localDate(endExclusive),
      issuedOn: localDate(endExclusive),
    };
    return made(await this.room.call('billing.invoiceCreate', asked)).invoiceId;
  }

  /** October at two, from the 21st at one; November at one, which ends with the 1st. Days until December are closed. */
  async livesOn(): Promise<{ readonly october: string; readonly november: string }> {
    await this.until('2024-10-02');
    const october = await this.invoice('2024-10-01', '2024-10-02');
    await this.until('2024-10-21');
    await this.change('1');
    await this.until('2024-11-02');
    const november = await this.invoice('2024-10-02', '2024-11-02');
    await this.end();
    await this.until('2024-12-01');
    return { october, november };
  }

  async movesAbroad(): Promise<void> {
    await this.room.store
      .tables<CustomersTables>()
      .updateTable('customer')
      .set({ country: 'US' })
      .where('id', '=', this.customer)
      .execute();
  }

  /** Net and VAT of all documents so far, by rate, in the order of rates. */
  async sums(): Promise<string[]> {
    const rows = await this.room.store
      .tables<BillingTables>()
      .selectFrom('invoice')
      .select('document')
      .execute();
    const sums = new Map<string, [net: number, vat: number]>();
    for (const { vatLines } of rows.map(({ document }) => readDocument(document))) {
      for (const { vatCategory, vatRate, baseMinor, vatMinor } of vatLines) {
        const [net, vat] = sums.get(`${vatCategory} ${vatRate}`) ?? [0, 0];
        sums.set(`${vatCategory} ${vatRate}`, [net + Number(baseMinor), vat + Number(vatMinor)]);
      }
    }
    return [...sums].map(([rate, [net, vat]]) => `${rate} ${net} ${vat}`).toSorted();
  }

  /** What credit notes took, line by line, with the invoice of each. */
  async notes(): Promise<[invoiceId: string, grossMinor: string, ...nets: string[]][]> {
    const rows = await this.room.store
      .tables<BillingTables>()
      .selectFrom('invoice')
      .select(['document', 'credits_id'])
      .where('document_type', '=', 'credit-note')
      .orderBy('year')
      .orderBy('seq')
      .execute();
    return rows.map(({ document, credits_id: id }) => {
      const { lines, grossMinor } = readDocument(document);
      return [id ?? '', grossMinor, ...lines.map(({ netMinor }) => netMinor)];
    });
  }

  /** Runs the month; what its rows came to, or why nothing was posted. */
  async run(month: string, issuedOn: LocalDate): Promise<string | readonly string[]> {
    const { room } = this;
    const run = await previewMonth(room, month);
    const page = made(await room.call('runs.runRows', { runId: run.id, query: 'state:ready,held' }));
    const rows = page.rows.map(({ type, state, now }) => `${type} ${state} ${now?.amountMinor ?? '–'}`);
    const posted = await approveRun(room, run, { issuedOn });
    return typeof posted === 'string' ? posted : rows;
  }

  async verified(): Promise<void> {
    expect(await this.room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
    const { rows } = made(await this.room.call('billing.trialBalance', {}));
    const unbilled = rows.find(({ account }) => account === 'unbilled');
    expect(unbilled?.debit.amountMinor).toBe(unbilled?.credit.amountMinor);
  }
}

describeOnBothStores('what is taken back of an invoice that took back of an earlier one', (stores) => {
  async function inRoom(work: (of: Repaired, room: DomainsRoom) => Promise<void>): Promise<void> {
    const room = await openRunsRoom(stores);
    try {
      await work(new Repaired(room), room);
    } finally {
      await room.close();
    }
  }

  it('is credited by a run as far as that is left, and the rest of the earlier one by the next; again, nothing', async () => {
    await inRoom(async (of, room) => {
      await of.sell([{ price: '310' }]);
      const { october, november } = await of.livesOn();
      // 620.00; then 310.00 and 110.00 less 220.00.
      expect(await of.sums()).toEqual(['S 23 82000 18860']);
      const run = async (month: string, on: string): ReturnType<Repaired['run']> =>
        await of.run(month, localDate(on));
      // 29 of 30 days are 299.67, 99.67 more than November is.
      expect(await run('2024-11', '2024-12-01')).toEqual(['credit-note ready -24600']);
      expect(await of.notes()).toEqual([[november, '-24600', '9967', '-29967']]);
      expect(
        await room.refusal('billing.creditPreview', { invoiceId: november, takenBack: true }),
      ).toMatchObject({
        code: 'nothing-left',
      });
      expect(await room.refusal('billing.invoiceBillAgain', { invoiceId: november })).toMatchObject({
        code: 'nothing-again',
        facts: { vat: 'S 23 %' },
      });
      expect(await run('2024-11', '2024-12-01')).toBe('nothing-to-post');
      await of.until('2025-01-01');
      expect(await run('2024-12', '2025-01-01')).toEqual(['credit-note ready -12259']);
      expect(await of.notes()).toEqual([
        [november, '-24600', '9967', '-29967'],
        [october, '-12259', '-9967'],
      ]);
      await of.until('2025-01-05');
      expect(await run('2024-12', '2025-01-05')).toBe('nothing-to-post');
      // 20 days at 20.00, 11 at 10.00, one at 10.33.
      expect(await of.sums()).toEqual(['S 23 52033 11968']);
      await of.verified();
    });
  });

  it('at two rates is credited at each as far as that is left, and at the VAT of then', async () => {
    await inRoom(async (of) => {
      await of.sell([{ price: '310' }, { price: '200', rate: 5 }]);
      const { october, november } = await of.livesOn();
      await of.run('2024-11', localDate('2024-12-01'));
      await of.movesAbroad();
      await of.until('2025-01-01');
      await of.run('2024-12', localDate('2025-01-01'));
      expect(await of.notes()).toEqual([
        [november, '-38148', '9967', '-29967', '6430', '-19333'],
        [october, '-19011', '-9967', '-6430'],
      ]);
      expect(await of.sums()).toEqual(['S 23 52033 11968', 'S 5 33570 1678']);
      expect(await of.run('2024-12', localDate('2025-01-01'))).toBe('nothing-to-post');
      await of.verified();
    });
  });

  it('is credited by hand so, too: an invoice by hand says of which one', async () => {
    await inRoom(async (of, room) => {
      await of.sell([{ price: '310', vat: 'included' }]);
      const { october, november } = await of.livesOn();
      const next = { customerId: of.customer, periodStart: '2024-11-02', periodEndExclusive: '2024-12-05' };
      for (const [invoiceId, on] of [
        [november, '2024-12-01'],
        [october, '2024-12-05'],
      ] as const) {
        await of.until(on);
        expect(
          await room.refusal('billing.invoicePreview', { ...next, periodEndExclusive: on }),
        ).toMatchObject({
          code: 'credit-first',
          facts: { invoiceId },
        });
        const credit = { invoiceId, takenBack: true, reason: 'Ended', issuedOn: on } as const;
        made(await room.call('billing.invoiceCredit', credit));
        expect(await room.refusal('billing.invoiceCredit', credit)).toMatchObject({ code: 'nothing-left' });
      }
      expect(await room.refusal('billing.invoicePreview', next)).toMatchObject({
        code: 'nothing-to-invoice',
      });
      expect(await of.notes()).toEqual([
        [november, '-20000', '8103', '-24363'],
        [october, '-9967', '-8103'],
      ]);
      // 520.33 with VAT, as without.
      expect(await of.sums()).toEqual(['S 23 42304 9729']);
      await of.verified();
    });
  });

  it('of an invoice that is all credited comes to a note of nothing, and is taken back of the earlier one', async () => {
    await inRoom(async (of, room) => {
      await of.sell([{ price: '310' }, { price: '100' }, { price: '100' }, { price: '100' }]);
      await of.until('2024-10-02');
      const october = await of.invoice('2024-10-01', '2024-10-02');
      await of.until('2024-10-21');
      await of.end(0);
      await of.until('2024-11-02');
      // Three times 200.00 less 220.00.
      const november = await of.invoice('2024-10-02', '2024-11-02');
      for (const [at, on] of ['2024-11-03', '2024-11-04', '2024-11-05'].entries()) {
        await of.end(at + 1);
        await of.until(on);
        const credit = { invoiceId: november, takenBack: true, reason: 'Ended', issuedOn: on } as const;
        made(await room.call('billing.invoiceCredit', credit));
      }
      await of.until('2024-12-01');
      expect(await of.run('2024-11', localDate('2024-12-01'))).toEqual(['credit-note ready -22140']);
      expect(await of.notes()).toEqual([
        [november, '-23780', '-19333'],
        [november, '-22960', '-18667'],
        [november, '0', '18000', '-18000'],
        [october, '-22140', '-18000'],
      ]);
      // Of the first 400.00; of the others 200.00 each, and 6.67, 13.33 and 20.00.
      expect(await of.sums()).toEqual(['S 23 104000 23920']);
      await of.verified();
    });
  });
});
