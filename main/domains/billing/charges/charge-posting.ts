import type { Kysely } from 'kysely';
import { ChargedParts } from '../../../../shared/domains/billing/charged-parts.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import type { LocalDate, Period } from '../../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../../shared/kernel/money.ts';
import type { AnyTransaction } from '../../../platform/store/store.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables, ChargeTable } from '../billing-tables.ts';
import type { CompanyRow } from '../companies/company-store.ts';
import { insertDeferrals } from '../ledger/deferral-store.ts';
import { post } from '../ledger/ledger-store.ts';

type Db = Kysely<BillingTables>;

/** A charge to post, with the days it is for where it is by the period. */
export type NewCharge = Omit<ChargeTable, 'entry_id'> & { readonly served?: Period };

interface Closing {
  readonly company: CompanyRow;
  /** Empty: the company's own. */
  readonly billingZone: string;
  readonly day: LocalDate;
  /** What it charges for days after this one is not earned yet: the last closed day, or the one that closes. */
  readonly earnedUntil: LocalDate;
  readonly nowMs: number;
}

interface Entry {
  readonly id: string;
  readonly parts: ChargedParts;
  charges: number;
}

/**
 * The charges of one closing: written as they come, a batch at a time, and one entry per currency for all of them at the end; the
 * charges are its subsidiary ledger, and name it.
 */
export class ChargePosting {
  charges = 0;
  private readonly entries = new Map<Currency, Entry>();
  private readonly parts: Pick<BillingParts, 'insertMany'>;
  private readonly trx: Db;
  private readonly closing: Closing;

  constructor(parts: Pick<BillingParts, 'insertMany'>, trx: Db, closing: Closing) {
    this.parts = parts;
    this.trx = trx;
    this.closing = closing;
  }

  async add(charges: readonly NewCharge[]): Promise<void> {
    const rows = charges.map(({ served, ...charge }) => ({
      ...charge,
      entry_id: this.entryOf(charge, served),
    }));
    this.charges += rows.length;
    await this.parts.insertMany(this.trx as unknown as AnyTransaction, 'charge', rows);
  }

  /** @param suffix tells the entry from others of the same day: of whom what is charged late is */
  async finish(suffix: string): Promise<void> {
    const { company, day, nowMs } = this.closing;
    for (const [currency, entry] of this.entries) {
      await post(this.trx, {
        id: entry.id,
        companyId: company.id,
        currency,
        bookedOn: day,
        kind: 'charges',
        source: `charges ${day} ${currency}${suffix}`,
        memo: `Charges of ${day}: ${entry.charges}`,
        lines: entry.parts.lines(),
        postedAtMs: nowMs,
      });
      await insertDeferrals(this.trx, {
        entryId: entry.id,
        companyId: company.id,
        billingZone: this.closing.billingZone,
        currency,
        parts: entry.parts,
      });
    }
  }

  private entryOf(charge: Omit<ChargeTable, 'entry_id'>, served?: Period): string | null {
    if (charge.amount_minor === 0) return null;
    const entry = this.entries.get(charge.currency) ?? {
      id: newId('entry', this.closing.nowMs),
      parts: new ChargedParts(this.closing.earnedUntil),
      charges: 0,
    };
    this.entries.set(charge.currency, entry);
    entry.charges += 1;
    entry.parts.add(BigInt(charge.amount_minor), served);
    return entry.id;
  }
}
