import { afterAll, afterEach, expect, it } from 'vitest';
import {
  billingRoom,
  closeDays,
  closePressForTest,
  openBillingRoom,
  pressOptions,
  sell,
  type BillingRoom,
} from '../../../testing/billing-room.ts';
import { createPdfPress, type PdfPress, type PdfPressOptions } from '../../../platform/pdf/pdf-press.ts';
import { describeOnBothStores } from '../../../testing/store-for-test.ts';
import type { BillingTables } from '../billing-tables.ts';

afterAll(closePressForTest);

const presses: PdfPress[] = [];
afterEach(async () => {
  for (const press of presses.splice(0)) await press.close();
});

/** Another engine on the room's store, whose press is not as it should be. */
function withPress(room: BillingRoom, options: Partial<PdfPressOptions>): BillingRoom {
  const press = createPdfPress({ ...pressOptions, ...options });
  presses.push(press);
  return billingRoom(room.store, { press });
}

const noFonts = { fonts: { regular: '/nonexistent/a.ttf', semibold: '/nonexistent/b.ttf' } };
const otherFonts = { fonts: { ...pressOptions.fonts, regular: pressOptions.fonts.semibold } };
const neverDone = { worker: new URL('data:text/javascript,setInterval(() => {}, 1000)') };

const scope = { periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' } as const;

async function billed(room: BillingRoom, ...vms: readonly string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const vm of vms) ids.push((await sell(room, { vm, startsOn: '2026-09-29' })).customerId);
  await closeDays(room, '2026-09-29', '2026-10-01');
  return ids;
}

async function filesIn(room: BillingRoom): Promise<string[]> {
  const rows = await room.store.tables<BillingTables>().selectFrom('invoice_file').selectAll().execute();
  return rows.map(({ sha256 }) => sha256);
}

describeOnBothStores('the pages of an invoice', (stores) => {
  it('hold up nobody: a press that never ends keeps no number from the next', async () => {
    const room = await openBillingRoom(stores);
    const [first = '', second = ''] = await billed(room, 'vm-1', 'vm-2');
    const stuck = withPress(room, neverDone);
    const one = await stuck.call('billing.invoiceCreate', { customerId: first, ...scope });
    const reading = stuck.call('billing.invoicePdf', { invoiceId: one.invoiceId }).catch(String);
    const two = await stuck.call('billing.invoiceCreate', { customerId: second, ...scope });
    expect([one.number, two.number]).toEqual(['FV 2026/10/0001', 'FV 2026/10/0002']);
    expect(await filesIn(room)).toEqual([]);
    await presses[0]?.close();
    expect(await reading).toContain('pdf-not-drawn');
  });

  it('that cannot be drawn lose no invoice: it stands, it is read, and its pages come once they can', async () => {
    const room = await openBillingRoom(stores);
    const [customerId = ''] = await billed(room, 'vm-1');
    const broken = withPress(room, noFonts);
    const { invoiceId, number } = await broken.call('billing.invoiceCreate', { customerId, ...scope });
    expect(await broken.call('billing.invoiceGet', { invoiceId })).toMatchObject({ number, pdfSha256: '' });
    await expect(broken.call('billing.invoicePdf', { invoiceId })).rejects.toThrow(
      /pdf-not-drawn.*FV 2026\/10\/0001 could not be drawn/,
    );
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, invoices: 1 });
    const { pdfSha256 } = await room.call('billing.invoiceGet', { invoiceId });
    expect(pdfSha256).toMatch(/^[0-9a-f]{64}$/);
    expect((await room.call('billing.invoicePdf', { invoiceId })).sha256).toBe(pdfSha256);
    expect(await broken.call('billing.invoiceGet', { invoiceId })).toMatchObject({ pdfSha256 });
  });

  it('are recorded once, however many read them at the same moment', async () => {
    const room = await openBillingRoom(stores);
    const [customerId = ''] = await billed(room, 'vm-1');
    const other = withPress(room, {});
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...scope });
    expect(await filesIn(room)).toEqual([]);
    const read = await Promise.all([
      ...[room, other, room, other].map(
        async (engine) => (await engine.call('billing.invoicePdf', { invoiceId })).sha256,
      ),
      ...[room, other].map(
        async (engine) => (await engine.call('billing.invoiceGet', { invoiceId })).pdfSha256,
      ),
    ]);
    const [recorded, ...more] = await filesIn(room);
    expect(more).toEqual([]);
    expect(new Set(read)).toEqual(new Set([recorded]));
  });

  it('that come out otherwise than the first time are not handed out', async () => {
    const room = await openBillingRoom(stores);
    const [customerId = ''] = await billed(room, 'vm-1');
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...scope });
    const { sha256 } = await room.call('billing.invoicePdf', { invoiceId });
    const changed = withPress(room, otherFonts);
    await expect(changed.call('billing.invoicePdf', { invoiceId })).rejects.toThrow('pdf-differs');
    expect(await changed.call('billing.invoiceGet', { invoiceId })).toMatchObject({ pdfSha256: sha256 });
    expect(await filesIn(room)).toEqual([sha256]);
  });

  it('in another language are for reading: drawn when asked for, never recorded', async () => {
    const room = await openBillingRoom(stores);
    const [customerId = ''] = await billed(room, 'vm-1');
    const { invoiceId } = await room.call('billing.invoiceCreate', { customerId, ...scope });
    const polish = await room.call('billing.invoicePdf', { invoiceId, language: 'pl' });
    expect(polish.fileName).toBe('FV-2026-10-0001-pl.pdf');
    expect(await filesIn(room)).toEqual([]);
    const again = await room.call('billing.invoicePdf', { invoiceId, language: 'pl' });
    expect(again.sha256).toBe(polish.sha256);
  });
});
