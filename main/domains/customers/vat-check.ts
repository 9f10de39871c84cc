import { sql, type Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { customersContract, VatCheck } from '../../../shared/domains/customers/customers-contract.ts';
import { isEuCountry } from '../../../shared/domains/customers/vat-id-rules.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { ViesAnswer } from '../../platform/vies/vies-check.ts';
import { customerById } from './customer-store.ts';
import type { CustomersParts } from './customers-parts.ts';
import type { CustomersTables } from './customers-tables.ts';

type Operation = typeof customersContract.customerVatCheck;
type Db = Kysely<CustomersTables>;

/** Asks VIES about a customer's VAT id and keeps what it said, whatever that is. */
export async function customerVatCheck(
  parts: CustomersParts,
  { customerId }: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<CustomersTables>();
  const customer = await customerById(db, customerId);
  if (customer === undefined) return refuse('no-such-customer', { customerId });
  context.subject(`${customer.vat_id} of ${customer.name} (${customer.number})`);
  const { name, country, vat_id: vatId } = customer;
  if (vatId === '') return refuse('no-vat-id', { name });
  if (!isEuCountry(country)) return refuse('not-in-eu', { name, country });
  const requesterVatId = await parts.requesterVatId(db, customer.company_id);
  const answer = await parts.vies({ vatId, requesterVatId, signal: context.signal });
  const checkedAtMs = await parts.nowMs(db);
  await keepVatAnswer(db, { customerId, vatId, answer, nowMs: checkedAtMs });
  await context.note('customer', customerId);
  const [check] = (await latestVatChecks(db, [vatId])).values();
  return check === undefined ? refuse('no-such-customer', { customerId }) : done(check);
}

/** Keeps what VIES said as evidence, whatever that is. */
export async function keepVatAnswer(
  db: Db,
  of: {
    readonly customerId: string;
    readonly vatId: string;
    readonly answer: ViesAnswer;
    readonly nowMs: number;
  },
): Promise<void> {
  const { customerId, vatId, answer, nowMs } = of;
  await db
    .insertInto('vat_check')
    .values({
      id: newId('chk', nowMs),
      customer_id: customerId,
      vat_id: vatId,
      result: answer.result,
      detail: answer.detail,
      request_identifier: answer.requestIdentifier,
      request_date: answer.requestDate,
      name: answer.name,
      address: answer.address,
      checked_at_ms: nowMs,
    })
    .execute();
}

/**
 * What VIES last said about each of these VAT ids. An answer that says nothing (`unknown`) takes away no earlier yes or no: it is told
 * beside it, as the time since which nobody could ask. Ids that were never asked about are left out.
 */
export async function latestVatChecks(db: Db, vatIds: readonly string[]): Promise<Map<string, VatCheck>> {
  const wanted = [...new Set(vatIds)].filter((vatId) => vatId !== '');
  if (wanted.length === 0) return new Map();
  const latest = (only: ReturnType<typeof sql>) => sql`
    select vat_id, max(checked_at_ms) as at_ms from vat_check
    where vat_id in (${sql.join(wanted)}) ${only} group by vat_id`;
  const { rows } = await sql<CustomersTables['vat_check']>`
    select vat_check.* from vat_check join (
      ${latest(sql``)} union ${latest(sql`and result <> 'unknown'`)}) as latest
      on latest.vat_id = vat_check.vat_id and latest.at_ms = vat_check.checked_at_ms
    order by checked_at_ms, id`.execute(db);
  const found = new Map<string, VatCheck>();
  for (const row of rows) {
    const before = found.get(row.vat_id);
    const at = new Date(row.checked_at_ms).toISOString();
    if (row.result === 'unknown' && before !== undefined) {
      found.set(row.vat_id, { ...before, unansweredSince: at, detail: row.detail });
      continue;
    }
    found.set(row.vat_id, {
      result: row.result,
      detail: row.detail,
      requestIdentifier: row.request_identifier,
      name: row.name,
      address: row.address,
      checkedAt: at,
      unansweredSince: null,
    });
  }
  return found;
}
