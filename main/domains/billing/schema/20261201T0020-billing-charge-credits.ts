import type { Kysely } from 'kysely';
import { appendOnly } from '../../../platform/store/platform-schema.ts';
import type { SchemaContext, SchemaStep } from '../../../platform/store/schema-step.ts';

/**
 * What credit notes took of the charges that rating made, and what was billed again of them: rating must know, so that it never gives
 * the same money back once more. Made for all notes there are.
 */
export const billingChargeCredits: SchemaStep = {
  id: '20261201T0020-billing-charge-credits',
  async up(to) {
    await to.run(
      `create table charge_credit (
        charge_id text not null references charge (id), source text not null,
        subscription_id text not null references subscription (id), amount_minor bigint not null,
        primary key (charge_id, source))`,
      'create index charge_credit_by_subscription on charge_credit (subscription_id)',
      'create index charge_credit_by_source on charge_credit (source)',
    );
    await to.run('alter table subscription add column reopened_from text');
    await ofAllNotes(to);
    await appendOnly(to, 'charge_credit');
  },
};

interface Charge {
  id: string;
  subscription_id: string;
  reason: string;
  amount_minor: number;
  gross_minor: number | null;
  line: string | null;
}
interface Tables {
  invoice: {
    id: string;
    credits_id: string | null;
    credit_no: number | null;
    document_type: string;
    document: string;
  };
  invoice_charge: { charge_id: string; invoice_id: string; line_no: number };
  billed_again: { invoice_id: string; entry_id: string };
  charge: Charge & { entry_id: string | null };
  charge_credit: { charge_id: string; source: string; subscription_id: string; amount_minor: number };
}
type Db = Kysely<Tables>;
interface Told {
  readonly lines: readonly { readonly lineNo: number; readonly netMinor: string }[];
  readonly corrects?: { readonly lineNos: readonly number[] };
}

async function ofAllNotes(to: SchemaContext): Promise<void> {
  const db: Db = to.tables<Tables>();
  const credited = await db
    .selectFrom('invoice')
    .innerJoin('invoice as of', 'of.id', 'invoice.credits_id')
    .select(['of.id', 'of.document'])
    .distinct()
    .where('of.document_type', '=', 'invoice')
    .orderBy('of.id')
    .execute();
  const again = await db.selectFrom('billed_again').select(['invoice_id', 'entry_id']).execute();
  const entries = new Map(again.map((row) => [row.invoice_id, row.entry_id]));
  for (const invoice of credited) await ofInvoice(db, invoice, entries.get(invoice.id));
}

/** In the order in which they were issued, so what an invoice was billed again by is known when that one is credited. */
async function ofInvoice(
  db: Db,
  invoice: Pick<Tables['invoice'], 'id' | 'document'>,
  billedAgain: string | undefined,
): Promise<void> {
  const nets = new Map(
    (JSON.parse(invoice.document) as Told).lines.map((line) => [line.lineNo, BigInt(line.netMinor)]),
  );
  const charges = await db
    .selectFrom('invoice_charge')
    .innerJoin('charge', 'charge.id', 'invoice_charge.charge_id')
    .select(['line_no', 'id', 'subscription_id', 'reason', 'amount_minor', 'gross_minor', 'line'])
    .where('invoice_charge.invoice_id', '=', invoice.id)
    .where('line', 'is not', null)
    .execute();
  const byLine = new Map(charges.map((charge) => [charge.line_no, charge]));
  const notes = await db
    .selectFrom('invoice')
    .select(['id', 'document'])
    .where('credits_id', '=', invoice.id)
    .orderBy('credit_no')
    .execute();
  const before = new Map<number, bigint>();
  for (const note of notes) {
    const { corrects, lines } = JSON.parse(note.document) as Told;
    for (const [at, lineNo] of (corrects?.lineNos ?? []).entries()) {
      const charge = byLine.get(lineNo);
      const origin = charge && (await originOf(db, charge));
      if (charge === undefined || origin === undefined) continue;
      const netMinor = nets.get(lineNo) ?? 0n;
      const creditedMinor = before.get(lineNo) ?? 0n;
      const now = -BigInt(lines[at]?.netMinor ?? 0);
      before.set(lineNo, creditedMinor + now);
      const chargedMinor = BigInt(charge.gross_minor ?? charge.amount_minor);
      const upTo = (net: bigint): bigint => partOfCharge(net, { netMinor, chargedMinor });
      const taken = upTo(creditedMinor + now) - upTo(creditedMinor);
      await add(db, charge, { origin, source: `note ${note.id} ${lineNo}`, amountMinor: -taken });
    }
  }
  if (billedAgain === undefined) return;
  const again = await db
    .selectFrom('charge')
    .selectAll()
    .where('entry_id', '=', billedAgain)
    .where('reason', 'like', `again ${invoice.id} %`)
    .execute();
  for (const charge of again) {
    const of = byLine.get(Number(charge.reason.split(' ')[2]));
    const origin = of && (await originOf(db, of));
    if (origin === undefined) continue;
    const amountMinor = BigInt(charge.gross_minor ?? charge.amount_minor);
    await add(db, charge, { origin, source: `again ${charge.id}`, amountMinor });
  }
}

/**
 * What a net of a line is of its charge, half a minor unit away from zero. As credit notes counted it when this step was written, whatever
 * they count by now: a step comes to the same in every store.
 */
function partOfCharge(
  net: bigint,
  { netMinor, chargedMinor }: { readonly netMinor: bigint; readonly chargedMinor: bigint },
): bigint {
  if (chargedMinor === netMinor || netMinor === 0n) return net;
  const [above, below] = [chargedMinor * net, netMinor].map((part) => (netMinor < 0n ? -part : part)) as [
    bigint,
    bigint,
  ];
  const rounded = (2n * (above < 0n ? -above : above) + below) / (2n * below);
  return above < 0n ? -rounded : rounded;
}

async function add(
  db: Db,
  charge: Pick<Charge, 'subscription_id'>,
  of: { readonly origin: string; readonly source: string; readonly amountMinor: bigint },
): Promise<void> {
  await db
    .insertInto('charge_credit')
    .values({
      charge_id: of.origin,
      source: of.source,
      subscription_id: charge.subscription_id,
      amount_minor: Number(of.amountMinor),
    })
    .execute();
}

/** The charge that rating made, or that one takes something back of. */
async function originOf(
  db: Db,
  charge: Pick<Charge, 'id' | 'subscription_id' | 'line'>,
): Promise<string | undefined> {
  const line = JSON.parse(charge.line ?? '{}') as { readonly reason?: string; readonly of?: string };
  if (line.reason === 'by-hand') return undefined;
  if (line.reason === 'again') {
    const known = await db
      .selectFrom('charge_credit')
      .select('charge_id')
      .where('source', '=', `again ${charge.id}`)
      .executeTakeFirst();
    return known?.charge_id;
  }
  if (line.of === undefined) return charge.id;
  const origin = await db
    .selectFrom('charge')
    .select('id')
    .where('subscription_id', '=', charge.subscription_id)
    .where('reason', '=', line.of.slice(charge.subscription_id.length + 1))
    .executeTakeFirst();
  return origin?.id;
}
