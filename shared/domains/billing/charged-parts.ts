import type { LocalDate, Period } from '../../kernel/local-date.ts';
import { deferredOf, Deferrals, shareOf, type Share } from './deferral-rules.ts';
import { chargesPosting, type LedgerLine } from './ledger-rules.ts';

/** The charges of one entry, parted into what is earned by the end of a day and what is deferred. */
export class ChargedParts {
  readonly deferrals = new Deferrals();
  readonly earnedUntil: LocalDate;
  /** What is charged, and what is taken back (0 or below): each by itself, for together they may come to nothing. */
  private readonly charged = { earnedMinor: 0n, deferredMinor: 0n };
  private readonly takenBack = { earnedMinor: 0n, deferredMinor: 0n };

  /** Of each stretch of days: thousands of charges are for the same ones. */
  private readonly shares = new Map<string, Share>();

  constructor(earnedUntil: LocalDate) {
    this.earnedUntil = earnedUntil;
  }

  /** @param served the days it is for; absent: earned at once */
  add(amountMinor: bigint, served?: Period): void {
    const { earnedMinor, deferred } =
      served === undefined
        ? { earnedMinor: amountMinor, deferred: null }
        : deferredOf(amountMinor, this.shareOf(served));
    this.deferrals.add(deferred);
    const side = amountMinor > 0n ? this.charged : this.takenBack;
    side.earnedMinor += earnedMinor;
    side.deferredMinor += amountMinor - earnedMinor;
  }

  lines(): readonly LedgerLine[] {
    return [...chargesPosting(this.charged), ...chargesPosting(this.takenBack)];
  }

  private shareOf(served: Period): Share {
    const key = `${served.start} ${served.endExclusive}`;
    const share = this.shares.get(key) ?? shareOf(served, this.earnedUntil);
    this.shares.set(key, share);
    return share;
  }
}
