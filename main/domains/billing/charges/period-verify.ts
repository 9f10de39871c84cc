import { sql, type Kysely } from 'kysely';
import { netInMinor } from '../../../../shared/domains/billing/price-vat-rules.ts';
import { CURRENCIES } from '../../../../shared/kernel/money.ts';
import { multiply, ratio, ratioFrom } from '../../../../shared/kernel/ratio.ts';
import { roundRatio } from '../../../../shared/kernel/rounding.ts';
import type { BillingTables, ChargeTable } from '../billing-tables.ts';
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
  | 'gross_minor'
  | 'price_vat_rate'
  | 'line'
>;

const ROWS_PER_READ = 5000;

/**
 * Charges by the period: each is its quantity times its price, rounded, and what repairs and credit notes take back of one is never more than it was. Reads
 * them page by page, and keeps those of which something was taken back alone.
 */
export async function periodChargesOffTheirRule(db: Db): Promise<string[]> {
  const problems: string[] = [];
  const takenBack = new Map<string, bigint>();
  await eachPage(db, (row) => {
    const quantity = ratio(row.numerator, row.denominator);
    const expected = roundRatio(multiply(quantity, ratioFrom(row.unit_price)), CURRENCIES[row.currency]);
    if (expected !== pricedMinor(row)) {
      problems.push(
        `The charge ${row.id} (${nameOf(row)}) is ${pricedMinor(row)} instead of ${expected} minor units.`,
      );
    }
    const net = row.price_vat_rate === null ? expected : netInMinor(pricedMinor(row), row.price_vat_rate);
    if (expected === pricedMinor(row) && net !== BigInt(row.amount_minor)) {
      problems.push(
        `The charge ${row.id} (${nameOf(row)}) has a net of ${row.amount_minor} instead of ${net} minor units.`,
      );
    }
    const origin = takenFrom(row);
    if (origin !== null) takenBack.set(origin, (takenBack.get(origin) ?? 0n) - pricedMinor(row));
  });
  for (const [origin, taken] of await creditedOf(db)) {
    takenBack.set(origin, (takenBack.get(origin) ?? 0n) + taken);
  }
  if (takenBack.size === 0) return problems;
  await eachPage(db, (row) => {
    const back = takenBack.get(nameOf(row));
    takenBack.delete(nameOf(row));
    if (back !== undefined && back > pricedMinor(row)) {
      problems.push(
        `Of the charge ${row.id} (${nameOf(row)}) ${back} minor units are taken back, it was ${pricedMinor(row)}.`,
      );
    }
  });
  return [
    ...problems,
    ...[...takenBack.keys()].map((origin) => `Something is taken back of ${origin}, which is not charged.`),
  ];
}

/** What credit notes took of charges less what was billed again, by the natural keys of the charges. */
async function creditedOf(db: Db): Promise<[key: string, minor: bigint][]> {
  const { rows } = await sql<{ subscription_id: string; reason: string; taken: string }>`
    select charge.subscription_id as subscription_id, charge.reason as reason, cast(-sum(charge_credit.amount_minor) as text) as taken
    from charge_credit join charge on charge.id = charge_credit.charge_id
    group by charge.subscription_id, charge.reason`.execute(db);
  return rows.map((row) => [`${row.subscription_id} ${row.reason}`, BigInt(row.taken)]);
}

/** By its price, with VAT where that has it. */
function pricedMinor(row: Row): bigint {
  return BigInt(row.gross_minor ?? row.amount_minor);
}

function nameOf(row: Row): string {
  return `${row.subscription_id} ${row.reason}`;
}

async function eachPage(db: Db, look: (row: Row) => void): Promise<void> {
  for (let after = ''; ;) {
    const rows = await db
      .selectFrom('charge')
      .select(['id', 'subscription_id', 'reason', 'numerator', 'denominator', 'unit_price', 'currency'])
      .select(['amount_minor', 'gross_minor', 'price_vat_rate', 'line'])
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
