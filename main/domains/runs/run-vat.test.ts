import { afterAll, expect, it } from 'vitest';
import { DEFAULT_PRODUCT_ID } from '../../../shared/domains/catalog/product-rules.ts';
import { closePressForTest, testCompany } from '../../testing/billing-room.ts';
import type { DomainsRoom } from '../../testing/domains-room.ts';
import { approveRun, chargeMonth, openRunsRoom, previewMonth } from '../../testing/runs-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { vatTableChange, vatTableNow, vatTableOfPreviewed } from './run-vat-table.ts';

afterAll(closePressForTest);

const productId = DEFAULT_PRODUCT_ID;
const usual = {
  supply: 'electronic-service',
  rateClass: 'standard',
  exemptReason: '',
  exemptCode: '',
} as const;

async function productOf(room: DomainsRoom, name: string): Promise<string> {
  const made = await room.call('catalog.productCreate', { name, kind: 'labour' });
  if (typeof made === 'string') throw new Error(made);
  return made.productId;
}

describeOnBothStores('VAT of a run', (stores) => {
  it('is held where the table has a hole, by country, day and product, and the rest is posted; another rule for a product asks for another preview', async () => {
    const room = await openRunsRoom(stores);
    try {
      const czech = {
        ...testCompany,
        country: 'CZ',
        vatId: 'CZ25123891',
        accounts: [{ currency: 'CZK' as const, iban: 'CZ6508000000192000145399', bic: '' }],
      };
      await room.call('billing.companySave', czech);
      const company = { kind: 'company', country: 'DE', vat_id: 'DE136695976' } as const;
      await chargeMonth(room.store, '2024-10', [
        { n: 1, minor: [10_000], currency: 'CZK', customer: { country: 'CZ' } },
        { n: 2, minor: [10_000], currency: 'CZK', customer: company },
      ]);
      // Czechia has had one reduced rate since 2024.
      const vat = { ...usual, rateClass: 'second-reduced' } as const;
      await room.call('catalog.productVatSet', { productId, vat });
      const run = await previewMonth(room, '2024-10');
      expect(run.counts).toMatchObject({ ready: 1, held: 1 });
      expect(run.held.map(({ code, example }) => [code, example])).toEqual([
        [
          'vat-unclear',
          'The VAT of Klient 1 is not clear: no second-reduced VAT rate of CZ is known for 2024-10-31 (VPS).',
        ],
      ]);
      await room.call('catalog.productVatSet', { productId, vat: { ...usual, rateClass: 'reduced' } });
      const approval = { runId: run.id, digest: run.digest, confirmCount: 1 };
      expect(await room.refusal('runs.runApprove', approval)).toMatchObject({
        code: 'changed-meanwhile',
        facts: { difference: 'how VAT takes the products' },
      });
      await room.call('runs.runAbort', { runId: run.id });
      const posted = await approveRun(room, await previewMonth(room, '2024-10'));
      expect(posted).toMatchObject({
        state: 'posted',
        counts: { posted: 2 },
        totals: [{ net: { amountMinor: '20000' }, gross: { amountMinor: '21200' } }],
      });
    } finally {
      await room.close();
    }
  });

  it('is no matter of products that are made after its preview', async () => {
    const room = await openRunsRoom(stores);
    try {
      await chargeMonth(room.store, '2024-10', [{ n: 1, minor: [10_000] }]);
      const made = await productOf(room, 'Router');
      const run = await previewMonth(room, '2024-10');
      const later = await productOf(room, 'Cage');
      const goods = { ...usual, supply: 'goods' } as const;
      await room.call('catalog.productVatSet', { productId: later, vat: goods });
      await room.call('catalog.productVatSet', { productId: made, vat: goods });
      const approval = { runId: run.id, digest: run.digest, confirmCount: 1 };
      expect(await room.refusal('runs.runApprove', approval)).toMatchObject({
        code: 'changed-meanwhile',
        facts: { difference: 'how VAT takes the products' },
      });
      const asBefore = { ...usual, supply: 'general-service' } as const;
      await room.call('catalog.productVatSet', { productId: made, vat: asBefore });
      expect(await approveRun(room, run)).toMatchObject({ state: 'posted', counts: { posted: 1 } });
    } finally {
      await room.close();
    }
  });

  it('is another once a product is made while it is worked out, for of that some rows may be', async () => {
    const room = await openRunsRoom(stores);
    try {
      const db = room.store.tables();
      const begun = await vatTableNow(db);
      expect(await vatTableChange(db, await vatTableOfPreviewed(db, begun))).toBeUndefined();
      await productOf(room, 'Cage');
      expect(await vatTableChange(db, await vatTableOfPreviewed(db, begun))).toBe(
        'how VAT takes the products',
      );
      expect(await vatTableChange(db, `another${begun}`)).toBe('the table of VAT rates');
    } finally {
      await room.close();
    }
  });
});
