import type { Kysely } from 'kysely';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';
import type { AnyTransaction } from '../../../platform/store/store.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, ChargeTable } from '../billing-tables.ts';
import { lineFacts, REPAIRED_AGAIN, takenFrom } from './charge-lines.ts';

type Db = Kysely<BillingTables>;
type Origin = Pick<ChargeTable, 'id' | 'subscription_id'>;

/** Statements with a list of ids take at most this many. */
const IDS_PER_STATEMENT = 500;

/** A line of an invoice that one charge of rating's makes, or one that takes something back of it, or bills it again. */
export interface RatedLineOfInvoice {
  readonly lineNo: number;
  /** The charge that rating made: it or what is `of` it. */
  readonly charge: string;
  readonly subscriptionId: string;
  /** What the line's own charge counts: by its price, with VAT where that has it. */
  readonly chargedMinor: bigint;
}

/** Natural keys of `charge_credit.source`. */
export const creditedBy = (creditNoteId: string, lineNo: number): string => `note ${creditNoteId} ${lineNo}`;
/** Of a line that took back: what is given back of it with a repair of the same invoice is to be repaired again. */
export const repairedAgainBy = (creditNoteId: string, lineNo: number): string =>
  `${creditedBy(creditNoteId, lineNo)}${REPAIRED_AGAIN}`;
export const billedAgainBy = (chargeId: string): string => `again ${chargeId}`;

/** What was taken of a charge that rating made, or billed again of it: above 0 where more is left of it than before. */
export interface ChargeCredit {
  readonly charge: string;
  readonly source: string;
  readonly amountMinor: bigint;
}

/**
 * Writes down what was taken of charges that rating made, or billed again of them. Of what there is more left than repairs had found,
 * rating looks again as the next day closes, at the period of the charge too if that was settled long ago.
 */
export async function creditCharges(
  parts: Pick<BillingParts, 'insertMany' | 'updateMany'>,
  db: Db,
  of: { readonly credits: readonly ChargeCredit[]; readonly today: LocalDate },
): Promise<void> {
  const { credits, today } = of;
  if (credits.length === 0) return;
  const origins = await eachOf([...new Set(credits.map(({ charge }) => charge))], async (ids) =>
    db.selectFrom('charge').select(['id', 'subscription_id', 'line']).where('id', 'in', ids).execute(),
  );
  const byId = new Map(origins.map((row) => [row.id, row]));
  const rows = credits.map(({ charge, source, amountMinor }) => ({
    charge_id: charge,
    source,
    subscription_id: byId.get(charge)?.subscription_id ?? '',
    amount_minor: Number(amountMinor),
  }));
  await parts.insertMany(db as unknown as AnyTransaction, 'charge_credit', rows);
  const reopened = new Map<string, LocalDate>();
  for (const { charge, amountMinor } of credits) {
    const origin = byId.get(charge);
    const from = origin === undefined ? undefined : lineFacts(origin)?.start;
    if (amountMinor <= 0n || origin === undefined || from === undefined) continue;
    const before = reopened.get(origin.subscription_id);
    if (before === undefined || from < before) reopened.set(origin.subscription_id, from);
  }
  await rateAgain(parts, db, { reopened, today });
}

async function rateAgain(
  parts: Pick<BillingParts, 'updateMany'>,
  db: Db,
  { reopened, today }: { readonly reopened: ReadonlyMap<string, LocalDate>; readonly today: LocalDate },
): Promise<void> {
  const rows = await eachOf([...reopened.keys()], async (ids) =>
    db
      .selectFrom('subscription')
      .select(['id', 'next_due', 'reopened_from'])
      .where('id', 'in', ids)
      .where('charged', '<>', 'by-hand')
      .execute(),
  );
  const again = rows.map((row) => {
    const from = reopened.get(row.id) ?? today;
    const { next_due: due, reopened_from: before } = row;
    return {
      id: row.id,
      next_due: due !== null && due < today ? due : today,
      reopened_from: before !== null && before < from ? before : from,
    };
  });
  await parts.updateMany(db as unknown as AnyTransaction, 'subscription', again, 'id');
}

/** The lines of invoices that rating made, by their invoices. */
export async function ratedLines(
  db: Db,
  invoiceIds: readonly string[],
): Promise<ReadonlyMap<string, readonly RatedLineOfInvoice[]>> {
  const rows = await eachOf(invoiceIds, async (ids) =>
    db
      .selectFrom('invoice_charge')
      .innerJoin('charge', 'charge.id', 'invoice_charge.charge_id')
      .select(['invoice_id', 'line_no', 'id', 'subscription_id', 'reason'])
      .select(['amount_minor', 'gross_minor', 'line'])
      .where('invoice_id', 'in', ids)
      .where('line', 'is not', null)
      .where('reason', 'not like', 'by-hand %')
      .orderBy('line_no')
      .execute(),
  );
  const origins = await originsOf(db, rows);
  const lines = rows.flatMap((row) => {
    const charge = origins.get(row.id);
    if (charge === undefined) return [];
    const chargedMinor = BigInt(row.gross_minor ?? row.amount_minor);
    const of = { charge, subscriptionId: row.subscription_id, chargedMinor };
    return [{ invoiceId: row.invoice_id, lineNo: row.line_no, ...of }];
  });
  return Map.groupBy(lines, ({ invoiceId }) => invoiceId);
}

/** Of charges by the period, the one that rating made: itself, what it takes back of, or what it bills again. By id. */
export async function originsOf(
  db: Db,
  charges: readonly Pick<ChargeTable, 'id' | 'subscription_id' | 'reason' | 'line'>[],
): Promise<ReadonlyMap<string, string>> {
  const origins = new Map<string, string>();
  const keys = new Map<string, { readonly id: string; readonly reason: string }[]>();
  const again: string[] = [];
  for (const charge of charges) {
    const of = takenFrom(charge);
    if (charge.reason.startsWith('again ')) again.push(charge.id);
    else if (of === null) origins.set(charge.id, charge.id);
    else {
      const reason = of.slice(charge.subscription_id.length + 1);
      keys.set(charge.subscription_id, [
        ...(keys.get(charge.subscription_id) ?? []),
        { id: charge.id, reason },
      ]);
    }
  }
  const billed = await eachOf(again.map(billedAgainBy), async (sources) =>
    db.selectFrom('charge_credit').select(['source', 'charge_id']).where('source', 'in', sources).execute(),
  );
  for (const { source, charge_id: origin } of billed)
    origins.set(source.slice(billedAgainBy('').length), origin);
  const asked = [...keys].flatMap(([subscriptionId, all]) =>
    [...new Set(all.map(({ reason }) => reason))].map((reason) => ({ subscriptionId, reason })),
  );
  const found = await eachOf(asked, async (some) =>
    db
      .selectFrom('charge')
      .select(['id', 'subscription_id', 'reason'])
      .where('subscription_id', 'in', [...new Set(some.map(({ subscriptionId }) => subscriptionId))])
      .where('reason', 'in', [...new Set(some.map(({ reason }) => reason))])
      .where('open_until', 'is not', null)
      .execute(),
  );
  const byKey = new Map(found.map((row) => [`${row.subscription_id} ${row.reason}`, row.id]));
  for (const [subscriptionId, all] of keys) {
    for (const { id, reason } of all) {
      const origin = byKey.get(`${subscriptionId} ${reason}`);
      if (origin !== undefined) origins.set(id, origin);
    }
  }
  return origins;
}

/**
 * What is left of charges that rating made after their repairs (on an invoice or not), credit notes, and what was billed again: as they
 * count, by their ids.
 */
export async function leftOfCharges(
  db: Db,
  chargeIds: readonly string[],
): Promise<ReadonlyMap<string, bigint>> {
  const ids = [...new Set(chargeIds)];
  const origins = await eachOf(ids, async (some) =>
    db
      .selectFrom('charge')
      .select(['id', 'subscription_id', 'reason', 'amount_minor', 'gross_minor'])
      .where('id', 'in', some)
      .execute(),
  );
  const left = new Map(origins.map((row) => [row.id, BigInt(row.gross_minor ?? row.amount_minor)]));
  const take = (id: string | undefined, minor: bigint): void => {
    const before = id === undefined ? undefined : left.get(id);
    if (id !== undefined && before !== undefined) left.set(id, before + minor);
  };
  const byKey = new Map(origins.map((row) => [`${row.subscription_id} ${row.reason}`, row.id]));
  const repairs = await repairsOf(db, origins);
  for (const row of repairs)
    take(byKey.get(takenFrom(row) ?? ''), BigInt(row.gross_minor ?? row.amount_minor));
  const credits = await eachOf(ids, async (some) =>
    db
      .selectFrom('charge_credit')
      .select(['charge_id', 'amount_minor'])
      .where('charge_id', 'in', some)
      .execute(),
  );
  for (const row of credits) take(row.charge_id, BigInt(row.amount_minor));
  return left;
}

/** All that takes something back of charges of the same subscriptions. */
async function repairsOf(
  db: Db,
  origins: readonly Origin[],
): Promise<Pick<ChargeTable, 'amount_minor' | 'gross_minor' | 'line'>[]> {
  const subscriptionIds = [...new Set(origins.map((row) => row.subscription_id))];
  return await eachOf(subscriptionIds, async (some) =>
    db
      .selectFrom('charge')
      .select(['amount_minor', 'gross_minor', 'line'])
      .where('subscription_id', 'in', some)
      .where('open_until', 'is not', null)
      .where('amount_minor', '<', 0)
      .where('reason', 'not like', 'by-hand %')
      .where('reason', 'not like', 'again %')
      .execute(),
  );
}

/** Reads what belongs to many ids, some hundreds at once: a statement takes so many parameters and no more. */
export async function eachOf<Id, Row>(
  ids: readonly Id[],
  read: (some: readonly Id[]) => Promise<Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let start = 0; start < ids.length; start += IDS_PER_STATEMENT)
    rows.push(...(await read(ids.slice(start, start + IDS_PER_STATEMENT))));
  return rows;
}
