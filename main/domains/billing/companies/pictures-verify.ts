import type { Kysely } from 'kysely';
import { COMPANY_IMAGES } from '../../../../shared/domains/companies/company-image-rules.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import type { BillingTables } from '../billing-tables.ts';
import type { SellerImages } from '../invoices/invoice-document.ts';
import { sha256Of } from './company-images.ts';

/** Each may have two MiB. */
const PICTURES_PER_READ = 10;

export interface KeptPictures {
  /** Hashes of those that are there as they were set. */
  readonly hashes: ReadonlySet<string>;
  /** What is wrong with the others, in sentences. */
  readonly problems: readonly string[];
}

/** Every picture that documents may name, hashed again. */
export async function keptPictures(any: AnyDatabase): Promise<KeptPictures> {
  const hashes = new Set<string>();
  const problems: string[] = [];
  for (let after = ''; ;) {
    const rows = await (any as Kysely<BillingTables>)
      .selectFrom('company_image')
      .select(['hash', 'png'])
      .where('hash', '>', after)
      .orderBy('hash')
      .limit(PICTURES_PER_READ)
      .execute();
    for (const { hash, png } of rows) {
      if (sha256Of(png) === hash) hashes.add(hash);
      else problems.push(`The picture ${hash} does not fit its hash: restore it from a backup.`);
    }
    const last = rows.at(-1);
    if (last === undefined) return { hashes, problems };
    after = last.hash;
  }
}

/** Which pictures that a document was issued with are not there as they were, in sentences. */
export function picturesGone(
  { number, seller }: { readonly number: string; readonly seller: { readonly images?: SellerImages } },
  kept: KeptPictures,
): string[] {
  return COMPANY_IMAGES.flatMap((kind) => {
    const hash = seller.images?.[kind];
    return hash === undefined || kept.hashes.has(hash)
      ? []
      : [`Document ${number}: the ${kind} it was issued with is not in the store as it was.`];
  });
}
