import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import { COMPANY_IMAGE_WORDS } from '../../../shared/domains/companies/company-image-rules.ts';
import type { companiesContract } from '../../../shared/domains/companies/companies-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { setCompanyImage } from '../billing/billing-public.ts';
import type { CompaniesParts } from './companies-parts.ts';

type Operation = typeof companiesContract.companyImageRemove;

/** Documents are issued without it from now on; those that were issued with it keep it. */
export async function companyImageRemove(
  parts: CompaniesParts,
  { companyId, kind }: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables();
  const name = await setCompanyImage(db, { companyId, kind, image: null, nowMs: await parts.nowMs(db) });
  if (name === undefined) return refuse('no-such-company', { companyId });
  context.subject(`${COMPANY_IMAGE_WORDS[kind]} of ${name}`);
  await context.note('company', companyId);
  return done({});
}
