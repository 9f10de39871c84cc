import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { companiesContract } from '../../../shared/domains/companies/companies-contract.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import { companyImages } from '../billing/billing-public.ts';

type Operation = typeof companiesContract.companyImageList;

/** The pictures that documents of a company are issued with now, as they are printed. */
export async function companyImageList(
  db: AnyDatabase,
  { companyId }: InputOf<Operation>,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const images = await companyImages(db, companyId);
  if (images === undefined) return refuse('no-such-company', { companyId });
  return done({
    images: images.map(({ kind, hash, png, width, height }) => ({
      kind,
      base64: Buffer.from(png).toString('base64'),
      sha256: hash,
      width,
      height,
    })),
  });
}
