import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import {
  COMPANY_IMAGE_WORDS,
  imageFault,
  imageFaultFacts,
} from '../../../shared/domains/companies/company-image-rules.ts';
import type { companiesContract } from '../../../shared/domains/companies/companies-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { flattenPng } from '../../platform/image/png-flatten.ts';
import { setCompanyImage, sha256Of } from '../billing/billing-public.ts';
import type { CompaniesParts } from './companies-parts.ts';

type Operation = typeof companiesContract.companyImageSet;
type Flattened = ReturnType<typeof flattenPng>;

/** A picture that compresses badly comes to more than its file once it is laid on white. */
const KEPT_BYTES_MAX = 2 * 1024 * 1024;

/**
 * Makes a PNG the logo, stamp or signature of the documents a company issues from now on. It is kept as it is printed, under its hash:
 * transparency is laid on white once, here, and not by whoever draws a page.
 */
export async function companyImageSet(
  parts: CompaniesParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const { companyId, kind } = input;
  const file = Buffer.from(input.base64, 'base64');
  const fault = imageFault(file);
  if (fault !== undefined) return refuse(fault.code, imageFaultFacts(kind, fault));
  const image = COMPANY_IMAGE_WORDS[kind];
  const flat = flattened(file);
  if ('detail' in flat) return refuse('image-damaged', { image, detail: flat.detail });
  if (flat.png.length > KEPT_BYTES_MAX)
    return refuse('image-too-detailed', { image, kib: String(Math.ceil(flat.png.length / 1024)) });
  const hash = sha256Of(flat.png);
  const db = context.tables();
  const kept = { companyId, kind, image: { hash, picture: flat }, nowMs: await parts.nowMs(db) };
  const name = await setCompanyImage(db, kept);
  if (name === undefined) return refuse('no-such-company', { companyId });
  context.subject(`${image} of ${name}`);
  await context.note('company', companyId);
  return done({ sha256: hash });
}

function flattened(file: Uint8Array): Flattened | { readonly detail: string } {
  try {
    return flattenPng(file);
  } catch (error) {
    if (error instanceof RangeError) return { detail: error.message };
    throw error;
  }
}
