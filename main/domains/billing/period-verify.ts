import type { Kysely } from 'kysely';
import { CURRENCIES } from '../../../shared/kernel/money.ts';
import { multiply, ratio, ratioFrom } from '../../../shared/kernel/ratio.ts';
import { roundRatio } from '../../../shared/kernel/rounding.ts';
import type { BillingTables, ChargeTable } from './billing-tables.ts';
import { takenFrom } from './charge-lines.ts';

type Db = Kysely<BillingTables>;
type Row = Pick<
  ChargeTable,
  | 'id'
  | 'subscription_id'
  | 'reason'
  | 'numerator'
  | 'denominator'
  | 'unit_price'
  | 'currency'
  | 'amount_minor'
  | 'line'
>;

const ROWS_PER_READ = 5000;

/**
 * Charges by the period: each is its quantity times its price, rounded, and what is taken back of one is never more than it was. Reads
 * them page by page, and keeps those of which something was taken back alone.
 */
export async function periodChargesOffTheirRule(db: Db): Promise<string[]> {
  const problems: string[] = [];
  const takenBack = new Map<string, bigint>();
  await eachPage(db, (row) => {
    const quantity = ratio(row.numerator, row.denominator);
    const expected = roundRatio(multiply(quantity, ratioFrom(row.unit_price)), CURRENCIES[row.currency]);
    if (expected !== BigInt(row.amount_minor)) {
      problems.push(
        `The charge ${row.id} (${nameOf(row)}) is ${row.amount_minor} instead of ${expected} minor units.`,
      );
    }
    const origin = takenFrom(row);
    if (origin !== null) takenBack.set(origin, (takenBack.get(origin) ?? 0n) - BigInt(row.amount_minor));
  });
  if (takenBack.size === 0) return problems;
  await eachPage(db, (row) => {
    const back = takenBack.get(nameOf(row));
    takenBack.delete(nameOf(row));
    if (back !== undefined && back > BigInt(row.amount_minor)) {
      problems.push(
        `Of the charge ${row.id} (${nameOf(row)}) ${back} minor units are taken back, it was ${row.amount_minor}.`,
      );
    }
  });
  return [
    ...problems,
    ...[...takenBack.keys()].map((origin) => `Something is taken back of ${origin}, which is not charged.`),
  ];
}

function nameOf(row: Row): string {
  return `${row.subscription_id} ${row.reason}`;
}

async function eachPage(db: Db, look: (row: Row) => void): Promise<void> {
  for (let after = ''; ;) {
    const rows = await db
      .selectFrom('charge')
      .select(['id', 'subscription_id', 'reason', 'numerator', 'denominator', 'unit_price', 'currency'])
      .select(['amount_minor', 'line'])
      .where('open_until', 'is not', null)
      // As they stood on an invoice, which is no rule of theirs: charge-again-verify.ts.
      .where('reason', 'not like', 'again %')
      .where('id', '>', after)
      .orderBy('id')
      .limit(ROWS_PER_READ)
      .execute();
    for (const row of rows) look(row);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}
