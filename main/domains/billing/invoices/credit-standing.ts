import type { Kysely } from 'kysely';
import {
  countedMinor,
  type Credit,
  type CreditableLine,
  type LeftOfCharges,
} from '../../../../shared/domains/billing/credit-rules.ts';
import { ratio } from '../../../../shared/kernel/ratio.ts';
import { roundRatio } from '../../../../shared/kernel/rounding.ts';
import type { Period } from '../../../../shared/kernel/local-date.ts';
import type { BillingTables, ChargeTable } from '../billing-tables.ts';
import { eachOf, originsOf } from '../charges/charge-credits.ts';
import { lineFacts } from '../charges/charge-lines.ts';

type Db = Kysely<BillingTables>;

/** What a repair takes back of a line of an invoice and is on no document yet. */
export interface StandingRepair {
  readonly chargeId: string;
  readonly lineNo: number;
  /** What of the line's net it takes back: above 0. */
  readonly netMinor: bigint;
  /** The same as its charge counts. */
  readonly countedMinor: bigint;
  /** What it was posted at: 0 or below. */
  readonly postedMinor: bigint;
  readonly service: Period;
}

/** A line of a credit note before it is written: what it takes of a line of the invoice, and the repair that it settles. */
export interface CreditPart {
  readonly lineNo: number;
  /** Above 0 of a line that takes back: what it took is given back no more. */
  readonly netMinor: bigint;
  readonly repair?: StandingRepair;
}

/** The repairs of lines of an invoice that are on no document, in the order they were posted, as far as their lines have that much left. */
export async function standingRepairs(
  db: Db,
  lines: readonly CreditableLine[],
): Promise<readonly StandingRepair[]> {
  const charges = new Set(lines.flatMap(({ rated }) => (rated === undefined ? [] : [rated.charge])));
  const found = await eachOf([...charges], async (some) =>
    db.selectFrom('charge').select('subscription_id').where('id', 'in', some).execute(),
  );
  const subscriptionIds = new Set(found.map((row) => row.subscription_id));
  const rows = await eachOf([...subscriptionIds], async (some) =>
    openRepairs(db).where('subscription_id', 'in', some).execute(),
  );
  return matchRepairs(lines, { rows, origins: await originsOf(db, rows) }).map(({ repair }) => repair);
}

export type RepairRow = Pick<
  ChargeTable,
  'id' | 'subscription_id' | 'reason' | 'amount_minor' | 'gross_minor' | 'line' | 'posted_at_ms'
>;

/** Each repair with the first of these lines that is of its charge and has that much left, in the order they were posted; others are left out. */
export function matchRepairs<Line extends CreditableLine>(
  lines: readonly Line[],
  { rows, origins }: { readonly rows: readonly RepairRow[]; readonly origins: ReadonlyMap<string, string> },
): { readonly repair: StandingRepair; readonly line: Line }[] {
  const inOrder = rows.toSorted(
    (one, other) => one.posted_at_ms - other.posted_at_ms || (one.id < other.id ? -1 : 1),
  );
  const byCharge = Map.groupBy(lines, ({ rated }) => rated?.charge);
  const credited = new Map(lines.map((line) => [line, line.creditedMinor]));
  // Of each line what its repairs so far count more than their nets do: the next one makes up for it.
  const missing = new Map<Line, bigint>();
  return inOrder.flatMap((row) => {
    const facts = lineFacts(row);
    const origin = origins.get(row.id);
    const counted = -BigInt(row.gross_minor ?? row.amount_minor);
    for (const line of (origin !== undefined && byCharge.get(origin)) || []) {
      if (facts === null || line.netMinor <= 0n) continue;
      const before = { ...line, creditedMinor: credited.get(line) ?? 0n };
      const wanted = counted + (missing.get(line) ?? 0n);
      const netMinor = netOf(before, wanted);
      if (netMinor > line.netMinor - before.creditedMinor) continue;
      credited.set(line, before.creditedMinor + netMinor);
      missing.set(line, wanted - countedMinor(before, netMinor));
      const postedMinor = BigInt(row.amount_minor);
      const of = { chargeId: row.id, lineNo: line.lineNo, netMinor, countedMinor: counted, postedMinor };
      return [{ repair: { ...of, service: { start: facts.start, endExclusive: facts.endExclusive } }, line }];
    }
    return [];
  });
}

/** What takes something back of charges that rating made and is on no document. */
// oxlint-disable-next-line typescript/explicit-function-return-type -- the builder's type is the query itself
export function openRepairs(db: Db) {
  return db
    .selectFrom('charge')
    .select(['id', 'subscription_id', 'reason', 'amount_minor', 'gross_minor', 'line', 'posted_at_ms'])
    .where('open_until', 'is not', null)
    .where('amount_minor', '<', 0)
    .where('reason', 'not like', 'by-hand %')
    .where('reason', 'not like', 'again %')
    .where((of) =>
      of.not(
        of.exists(
          of.selectFrom('invoice_charge').select('charge_id').whereRef('charge_id', '=', 'charge.id'),
        ),
      ),
    );
}

/**
 * The net of a line that counts as this much of its charge, or as the next less where none does: by a price with VAT in it not every amount is that of a
 * net, and to take a cent more than the repair did could be more than is left of the charge.
 */
function netOf(line: CreditableLine, counted: bigint): bigint {
  const charged = line.rated?.chargedMinor ?? line.netMinor;
  if (charged === line.netMinor) return counted;
  let net = roundRatio(ratio(counted * line.netMinor, charged), 0) + 1n;
  while (net > 1n && countedMinor(line, net) > counted) net -= 1n;
  return net;
}

/** What would be left of charges without the repairs that stand. */
export function leftWithout(
  leftOf: LeftOfCharges,
  lines: readonly CreditableLine[],
  standing: readonly StandingRepair[],
): LeftOfCharges {
  const left = new Map(leftOf);
  for (const { lineNo, countedMinor: counted } of standing) {
    const charge = lines.find((line) => line.lineNo === lineNo)?.rated?.charge ?? '';
    left.set(charge, (left.get(charge) ?? 0n) + counted);
  }
  return left;
}

/** Of each line of a credit first the repairs it settles, each by itself with its own days, then what else it takes. */
export function partsOf(credit: Credit, standing: readonly StandingRepair[]): CreditPart[] {
  const repairs = Map.groupBy(standing, ({ lineNo }) => lineNo);
  return credit.lines.flatMap(({ lineNo, netMinor }) => {
    const settled = repairs.get(lineNo) ?? [];
    const rest = settled.reduce((sum, repair) => sum + repair.netMinor, netMinor);
    const parts: CreditPart[] = settled.map((repair) => ({ lineNo, netMinor: -repair.netMinor, repair }));
    return rest === 0n ? parts : [...parts, { lineNo, netMinor: rest }];
  });
}
