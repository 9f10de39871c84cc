import { sql } from 'kysely';
import { afterAll, expect, it } from 'vitest';
import { COMPANY_IMAGES, IMAGE_BYTES_MAX } from '../../../shared/domains/companies/company-image-rules.ts';
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
import { readPdf } from '../../testing/pdf-text.ts';
import { discPng, pngForTest } from '../../testing/png-for-test.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { whileOpen } from '../../testing/two-at-once.ts';
import { setCompanyImage } from '../billing/billing-public.ts';

afterAll(closePressForTest);

const companyId = 'com_1';
const red = discPng(60, 30, [200, 0, 0]);
const blue = discPng(40, 40, [0, 0, 200]);
const ink = discPng(90, 30, [20, 20, 90]);
const scope = { periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' };

const base64 = (file: Uint8Array): string => Buffer.from(file).toString('base64');

async function set(room: BillingRoom, kind: (typeof COMPANY_IMAGES)[number], file: Buffer): Promise<string> {
  return (await room.call('companies.companyImageSet', { companyId, kind, base64: base64(file) })).sha256;
}

/** Two customers with something to invoice. */
async function charged(room: BillingRoom): Promise<[string, string, string]> {
  const ids: string[] = [];
  for (const vm of ['vm-1', 'vm-2', 'vm-3'])
    ids.push((await sell(room, { vm, startsOn: '2026-09-30', customer: { language: 'en' } })).customerId);
  await closeDays(room, '2026-09-30', '2026-10-01');
  return ids as [string, string, string];
}

async function pdf(
  room: BillingRoom,
  invoiceId: string,
): Promise<{ sha256: string; alts: readonly string[]; pages: number }> {
  const { base64: bytes, sha256 } = await room.call('billing.invoicePdf', { invoiceId });
  const { alts, pages } = await readPdf(Buffer.from(bytes, 'base64'));
  return { sha256, alts: alts.filter((alt) => !alt.startsWith('Payment code')), pages: pages.length };
}

async function paper(room: BillingRoom, documentId: string): Promise<[number, readonly string[]]> {
  const { base64: bytes } = await room.call('documents.documentPdf', { documentId });
  const { alts, pages } = await readPdf(Buffer.from(bytes, 'base64'));
  return [pages.length, alts.filter((alt) => !alt.startsWith('Payment code'))];
}

const images = async (room: BillingRoom): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await room.call('companies.companyImageList', { companyId })).images.map(({ kind, sha256 }) => [
      kind,
      sha256,
    ]),
  );

const altsOf = (name: string): string[] => [`Logo of ${name}`, `Stamp of ${name}`, `Signature for ${name}`];

describeOnBothStores('logo, stamp and signature of a company', (stores) => {
  it('stand on what is issued with them, for ever, whatever the company has later', async () => {
    const address = await stores.newAddress(billingSchema);
    const room = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
    await room.call('billing.companySave', testCompany);
    const { name } = testCompany;
    const [first, second, third] = await charged(room);
    const plain = await room.call('billing.invoiceCreate', { customerId: first, ...scope });
    const before = await pdf(room, plain.invoiceId);
    const logo = await set(room, 'logo', red);
    await set(room, 'stamp', blue);
    await set(room, 'signature', ink);
    const made = await room.call('billing.invoiceCreate', { customerId: second, ...scope });
    const old = await pdf(room, made.invoiceId);
    expect(old).toMatchObject({ pages: 1, alts: altsOf(name) });
    // Other pictures, and none: what was issued is drawn from what it names.
    const newer = await set(room, 'logo', blue);
    expect(newer).not.toBe(logo);
    await room.call('companies.companyImageRemove', { companyId, kind: 'signature' });
    const next = await room.call('billing.invoiceCreate', { customerId: third, ...scope });
    const seller = async (invoiceId: string): Promise<unknown> =>
      (
        JSON.parse((await room.call('billing.invoiceJson', { invoiceId })).json) as {
          seller: { images?: unknown };
        }
      ).seller.images;
    expect(await seller(plain.invoiceId)).toBeUndefined();
    expect(await seller(made.invoiceId)).toMatchObject({ logo });
    expect(await seller(next.invoiceId)).toEqual({ logo: newer, stamp: newer });
    expect(await pdf(room, next.invoiceId)).toMatchObject({ pages: 1, alts: altsOf(name).slice(0, 2) });
    // A credit note is in the words of its invoice, and so under its pictures.
    const credit = await room.call('billing.invoiceCredit', { invoiceId: made.invoiceId, reason: 'Twice' });
    expect(await pdf(room, credit.creditNoteId)).toMatchObject({ pages: 1, alts: altsOf(name) });
    // By another engine, whose press has seen none of them: the same bytes.
    const again =
      stores.kind === 'postgres' ? billingRoom(await stores.openAlso(address, billingSchema)) : room;
    expect(await pdf(again, plain.invoiceId)).toEqual(before);
    expect(await pdf(again, made.invoiceId)).toEqual(old);
    expect(before.alts).toEqual([]);
    expect(
      (await room.call('billing.invoicePdf', { invoiceId: made.invoiceId, language: 'pl' })).sha256,
    ).not.toBe(old.sha256);
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true, problems: [] });
    // The database holds it, whoever asks.
    const db = room.store.tables();
    for (const attempt of [
      sql`update company_image set width = 1`,
      sql`delete from company_image where hash = ${logo}`,
    ])
      await expect(attempt.execute(db)).rejects.toThrow(/append-only rule of the schema/);
  });

  it('stand on papers, above the line to sign on where there is one', async () => {
    const room = await openBillingRoom(stores);
    const [customerId] = await charged(room);
    const [logo] = [
      await set(room, 'logo', red),
      await set(room, 'stamp', blue),
      await set(room, 'signature', ink),
    ];
    const proForma = await room.call('documents.proFormaIssue', { customerId, ...scope });
    await room.call('billing.invoiceCreate', { customerId, ...scope });
    const issued = [
      proForma,
      await room.call('documents.serviceActIssue', { customerId, ...scope }),
      await room.call('documents.contractIssue', { customerId, clauses: [] }),
      await room.call('documents.statementIssue', { customerId, ...scope }),
      await room.call('documents.reconciliationIssue', { customerId }),
    ];
    for (const { documentId } of issued)
      expect(await paper(room, documentId)).toEqual([1, altsOf(testCompany.name)]);
    for (const kind of COMPANY_IMAGES) await room.call('companies.companyImageRemove', { companyId, kind });
    expect(await images(room)).toEqual({});
    const without = await room.call('documents.reconciliationIssue', { customerId });
    expect(await paper(room, without.documentId)).toEqual([1, []]);
    const verified = async (): Promise<readonly string[]> =>
      (await room.call('billing.ledgerVerify', {})).problems;
    expect(await verified()).toEqual([]);
    // Lost from the store, or another one under its hash, whatever did it: all that name it are named, and nothing is drawn that lacks it.
    const drops =
      stores.kind === 'postgres'
        ? [sql`drop trigger company_image_kept on company_image`]
        : [sql`drop trigger company_image_gone`, sql`drop trigger company_image_changed`];
    const db = room.store.tables<{ company_image: { hash: string; png: Uint8Array } }>();
    for (const drop of drops) await drop.execute(db);
    const gone = [...issued.map(({ number }) => number), 'FV 2026/10/0001']
      .map((number) => `Document ${number}: the logo it was issued with is not in the store as it was.`)
      .toSorted();
    await db.updateTable('company_image').set({ png: blue }).where('hash', '=', logo).execute();
    expect((await verified()).toSorted()).toEqual([
      ...gone,
      `The picture ${logo} does not fit its hash: restore it from a backup.`,
    ]);
    await db.deleteFrom('company_image').where('hash', '=', logo).execute();
    expect((await verified()).toSorted()).toEqual(gone);
    await expect(room.call('documents.documentPdf', { documentId: proForma.documentId })).rejects.toThrow(
      /picture-missing.*The logo that PRO 2026\/10\/0001 was issued with/,
    );
  });

  it('are set once under one content, by two at once the last of them', async () => {
    const address = await stores.newAddress();
    const room = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
    await room.call('companies.companyAdd', testCompany);
    const hash = await set(room, 'logo', red);
    expect(await set(room, 'stamp', red)).toBe(hash);
    expect(await set(room, 'logo', red)).toBe(hash);
    const again =
      stores.kind === 'postgres' ? billingRoom(await stores.openAlso(address, billingSchema)) : room;
    const picture = { png: new Uint8Array([1]), width: 1, height: 1 };
    const [, signature] = await whileOpen(
      room.store,
      async (trx) =>
        await setCompanyImage(trx, {
          companyId,
          kind: 'signature',
          image: { hash: 'same', picture },
          nowMs: 1,
        }),
      async () => await set(again, 'signature', ink),
    );
    expect(await images(room)).toEqual({ logo: hash, stamp: hash, signature });
    const rows = await sql<{ n: number }>`select count(*) as n from company_image`.execute(
      room.store.tables(),
    );
    expect(Number(rows.rows[0]?.n)).toBe(3);
    const audited = await room.store.audit.list({ limit: 1 });
    expect(JSON.stringify(audited)).not.toContain(base64(ink).slice(0, 40));
  });

  it('are refused', async () => {
    const room = await openBillingRoom(stores);
    const wide = (width: number, height: number): Buffer => {
      const file = Buffer.from(red);
      file.writeUInt32BE(width, 16);
      file.writeUInt32BE(height, 20);
      return file;
    };
    const cases: readonly [string, Uint8Array, object][] = [
      ['an empty file', Buffer.alloc(0), { code: 'image-empty', facts: { image: 'stamp' } }],
      ['a JPEG', Buffer.from('ffd8ffe000104a464946', 'hex'), { code: 'not-a-png' }],
      ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), { code: 'not-a-png' }],
      ['the signature of a PNG alone', red.subarray(0, 20), { code: 'not-a-png' }],
      [
        'more than a MiB',
        Buffer.concat([red, Buffer.alloc(IMAGE_BYTES_MAX)]),
        { code: 'image-too-large', facts: { kib: expect.any(String) as string } },
      ],
      ['a side of 4,001', wide(4001, 10), { code: 'image-too-many-pixels', facts: { width: '4001' } }],
      ['more pixels than are held', wide(3000, 3000), { code: 'image-too-many-pixels' }],
      ['sides beyond counting', wide(0xffffffff, 0xffffffff), { code: 'image-too-many-pixels' }],
      [
        'an interlaced one',
        pngForTest({ width: 1, height: 1, interlace: 1, row: () => [1, 2, 3, 4] }),
        { code: 'image-interlaced' },
      ],
      [
        'one that is cut short',
        red.subarray(0, red.length - 30),
        { code: 'image-damaged', facts: { detail: 'It is cut short.' } },
      ],
      ['one whose size is a lie', wide(61, 30), { code: 'image-damaged' }],
    ];
    for (const [what, file, refusal] of cases) {
      const input = { companyId, kind: 'stamp', base64: base64(file) } as const;
      expect([what, await room.refused('companies.companyImageSet', input)]).toMatchObject([what, refusal]);
    }
    const unknown = { companyId: 'com_9', kind: 'logo' } as const;
    const noCompany = { code: 'no-such-company', facts: { companyId: 'com_9' } };
    expect(await room.refused('companies.companyImageSet', { ...unknown, base64: base64(red) })).toEqual(
      noCompany,
    );
    expect(await room.refused('companies.companyImageRemove', unknown)).toEqual(noCompany);
    expect(await room.refused('companies.companyImageList', unknown)).toEqual(noCompany);
    expect(await images(room)).toEqual({});
  });
});
