import type { Kysely } from 'kysely';
import { chargesPosting } from '../../../shared/domains/billing/ledger-rules.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import type { BillingParts } from './billing-parts.ts';
import type { BillingTables, ChargeTable } from './billing-tables.ts';
import type { CompanyRow } from './company-store.ts';
import { post } from './ledger-store.ts';

type Db = Kysely<BillingTables>;

interface Entry {
  readonly id: string;
  chargedMinor: bigint;
  creditedMinor: bigint;
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
  private readonly closing: { readonly company: CompanyRow; readonly day: LocalDate; readonly nowMs: number };

  constructor(
    parts: Pick<BillingParts, 'insertMany'>,
    trx: Db,
    closing: { readonly company: CompanyRow; readonly day: LocalDate; readonly nowMs: number },
  ) {
    this.parts = parts;
    this.trx = trx;
    this.closing = closing;
  }

  async add(charges: readonly Omit<ChargeTable, 'entry_id'>[]): Promise<void> {
    const rows = charges.map((charge) => ({ ...charge, entry_id: this.entryOf(charge) }));
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
        // Each by itself: what is charged and what is taken back may come to nothing together.
        lines: [...chargesPosting(entry.chargedMinor), ...chargesPosting(-entry.creditedMinor)],
        postedAtMs: nowMs,
      });
    }
  }

  private entryOf(charge: Omit<ChargeTable, 'entry_id'>): string | null {
    if (charge.amount_minor === 0) return null;
    const entry = this.entries.get(charge.currency) ?? {
      id: newId('entry', this.closing.nowMs),
      chargedMinor: 0n,
      creditedMinor: 0n,
      charges: 0,
    };
    this.entries.set(charge.currency, entry);
    entry.charges += 1;
    if (charge.amount_minor > 0) entry.chargedMinor += BigInt(charge.amount_minor);
    else entry.creditedMinor -= BigInt(charge.amount_minor);
    return entry.id;
  }
}
