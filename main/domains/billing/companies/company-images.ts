import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import {
  COMPANY_IMAGES,
  type CompanyImageKind,
} from '../../../../shared/domains/companies/company-image-rules.ts';
import { OperatingFailure } from '../../../platform/calls/operating-failure.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import type { BillingTables } from '../billing-tables.ts';
import { findCompany } from './company-store.ts';
import type { DocumentPictures, SellerPicture } from '../documents/document-pictures.ts';
import type { SellerImages } from '../invoices/invoice-document.ts';

export interface KeptImage extends SellerPicture {
  readonly kind: CompanyImageKind;
  readonly hash: string;
}

/** Pictures that documents of a company are issued with now; undefined where there is no such company. */
export async function companyImages(any: AnyDatabase, companyId: string): Promise<KeptImage[] | undefined> {
  const db = any as Kysely<BillingTables>;
  const company = await findCompany(db, companyId);
  if (company === undefined) return undefined;
  const rows = await rowsOf(db, [company.logo, company.stamp, company.signature]);
  return COMPANY_IMAGES.flatMap((kind) => {
    const row = rows.get(company[kind] ?? '');
    return row === undefined ? [] : [{ ...row, kind }];
  });
}

/**
 * Makes a picture that of a company's documents from now on, or issues them without. Returns the company's name; undefined where there is
 * none of that id, and then nothing is changed. What is issued keeps the picture it names.
 */
export async function setCompanyImage(
  any: AnyDatabase,
  of: {
    readonly companyId: string;
    readonly kind: CompanyImageKind;
    readonly image: { readonly hash: string; readonly picture: SellerPicture } | null;
    readonly nowMs: number;
  },
): Promise<string | undefined> {
  const db = any as Kysely<BillingTables>;
  const company = await findCompany(db, of.companyId);
  if (company === undefined) return undefined;
  if (of.image !== null) {
    await db
      .insertInto('company_image')
      .values({ ...of.image.picture, hash: of.image.hash, added_at_ms: of.nowMs })
      .onConflict((conflict) => conflict.column('hash').doNothing())
      .execute();
  }
  await db
    .updateTable('company')
    .set({ [of.kind]: of.image?.hash ?? null })
    .where('id', '=', company.id)
    .execute();
  return company.name;
}

/**
 * The pictures a document was issued with.
 * @throws OperatingFailure `picture-missing`: no page is drawn that says to be that document and lacks what it was issued with
 */
export async function picturesOf(
  any: AnyDatabase,
  { number, seller }: { readonly number: string; readonly seller: { readonly images?: SellerImages } },
): Promise<DocumentPictures> {
  const { images } = seller;
  if (images === undefined) return {};
  const rows = await rowsOf(any as Kysely<BillingTables>, Object.values(images));
  const pictures: { [kind in CompanyImageKind]?: SellerPicture } = {};
  for (const kind of COMPANY_IMAGES) {
    const hash = images[kind];
    if (hash === undefined) continue;
    const row = rows.get(hash);
    if (row === undefined || sha256Of(row.png) !== hash) {
      throw new OperatingFailure({
        code: 'picture-missing',
        sentence: `The ${kind} that ${number} was issued with is not in the store as it was. The document itself stands; restore the table of pictures from a backup.`,
      });
    }
    pictures[kind] = row;
  }
  return pictures;
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

type Row = SellerPicture & { readonly hash: string };

async function rowsOf(
  db: Kysely<BillingTables>,
  hashes: readonly (string | null)[],
): Promise<ReadonlyMap<string, Row>> {
  const asked = [...new Set(hashes.filter((hash) => hash !== null))];
  if (asked.length === 0) return new Map();
  const rows = await db
    .selectFrom('company_image')
    .select(['hash', 'png', 'width', 'height'])
    .where('hash', 'in', asked)
    .execute();
  // Bytes of their own: what a driver read from the network is a window on much more, all of which would go to the press.
  return new Map(rows.map((row) => [row.hash, { ...row, png: Uint8Array.from(row.png) }]));
}
