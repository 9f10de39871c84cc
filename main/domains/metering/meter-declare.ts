import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import { VM_METERS } from '../../../shared/domains/billing/meter-rules.ts';
import type { meteringContract } from '../../../shared/domains/metering/metering-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { MeteringParts } from './metering-parts.ts';
import type { MeteringTables } from './metering-tables.ts';

type Operation = typeof meteringContract.meterDeclare;

/** Declares a meter. How it is read never changes, because what was told before would come to something else. */
export async function meterDeclare(
  parts: MeteringParts,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<MeteringTables>();
  const { name: meter, unit } = input;
  context.subject(meter);
  if ((VM_METERS as readonly string[]).includes(meter)) return refuse('meter-of-hosts', { meter });
  await db
    .insertInto('usage_meter')
    .values({ ...input, declared_at_ms: await parts.nowMs(db) })
    .onConflict((is) => is.column('name').doUpdateSet({ unit }))
    .execute();
  const { aggregation, decimals } = await db
    .selectFrom('usage_meter')
    .selectAll()
    .where('name', '=', meter)
    .executeTakeFirstOrThrow();
  if (aggregation !== input.aggregation || decimals !== input.decimals)
    return refuse('meter-differs', { meter, aggregation, decimals });
  await context.note('meter', meter);
  return done({});
}
