import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { companiesContract } from '../../../shared/domains/companies/companies-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { addCompany } from '../billing/billing-public.ts';
import type { CompaniesParts } from './companies-parts.ts';

type Operation = typeof companiesContract.companyAdd;

/** Another company that sells; the first one of all becomes the default one. */
export async function companyAdd(
  parts: CompaniesParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables();
  context.subject(input.name);
  const added = await addCompany(db, input, await parts.nowMs(db));
  if (!added.ok) return refuse(added.code, added.facts);
  await context.note('company', added.value);
  return done({ companyId: added.value });
}
