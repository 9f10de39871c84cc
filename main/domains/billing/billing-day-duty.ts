import { setTimeout as sleep } from 'node:timers/promises';
import type { Transaction } from 'kysely';
import { sentenceOf, type Refused } from '../../../shared/contract/outcome.ts';
import { billingContract } from '../../../shared/domains/billing/billing-contract.ts';
import { dayAt, type LocalDate } from '../../../shared/kernel/local-date.ts';
import type { DutyGrant } from '../../platform/store/duty-hold.ts';
import type { Store, StoreLog } from '../../platform/store/store.ts';
import type { BillingParts } from './billing-parts.ts';
import type { BillingTables } from './billing-tables.ts';
import { allCalendars, firstOpenDay, readCalendar, type CalendarKey } from './companies/company-store.ts';
import { closeDay } from './charges/day-close.ts';
import { heldDays, type HeldDay } from './charges/day-held.ts';

export const BILLING_DAY_DUTY = 'billing:day';

const LOOK_EVERY_MS = 60_000;

interface DutyParts {
  readonly store: Store;
  readonly billing: BillingParts;
  readonly log: StoreLog;
  /** How often it is looked whether a day is over, or its usage complete by now. Default: once a minute. */
  readonly lookEveryMs?: number;
}

/** The work of the duty `billing:day`, for `holdDuty`: closes days as they end, in order, until the grant is withdrawn. */
export async function runBillingDays(parts: DutyParts, grant: DutyGrant): Promise<void> {
  let waitingFor = '';
  while (!grant.signal.aborted) {
    const refused = await closeDaysOver(parts, grant);
    const sentence = [
      ...(refused === undefined ? [] : [sentenceOfRefusal(refused)]),
      ...(await heldDays(parts.store.tables<BillingTables>())).map(sentenceOfHeld),
    ].join(' ');
    // Once per reason, not once a minute.
    if (sentence !== '' && sentence !== waitingFor) parts.log.warn(sentence, { duty: BILLING_DAY_DUTY });
    waitingFor = sentence;
    await sleep(parts.lookEveryMs ?? LOOK_EVERY_MS, undefined, { signal: grant.signal }).catch(
      () => undefined,
    );
  }
}

/**
 * Closes every day that is over, and charges what days closed before had to hold, one transaction each, under the duty's token:
 * a holder that was replaced without noticing writes nothing. Returns why it stopped early, where it did.
 */
export async function closeDaysOver(
  parts: Pick<DutyParts, 'store' | 'billing'>,
  grant: Pick<DutyGrant, 'guard' | 'signal'>,
): Promise<Refused | undefined> {
  const db = parts.store.tables<BillingTables>();
  let refused: Refused | undefined;
  for (const { day, companyId, billingZone } of await heldDays(db)) {
    if (grant.signal.aborted) break;
    const outcome = await closeOne(parts, grant, { day, key: { companyId, billingZone } });
    if (!outcome.ok) refused ??= outcome;
  }
  // What one company or zone waits for holds up no other one.
  for (const { companyId, billingZone } of await allCalendars(db)) {
    const stopped = await closeCalendar(parts, grant, { companyId, billingZone });
    refused ??= stopped;
  }
  return refused;
}

async function closeCalendar(
  parts: Pick<DutyParts, 'store' | 'billing'>,
  grant: Pick<DutyGrant, 'guard' | 'signal'>,
  key: CalendarKey,
): Promise<Refused | undefined> {
  while (!grant.signal.aborted) {
    const day = await nextDayOver(parts, key);
    if (day === undefined) return undefined;
    const outcome = await closeOne(parts, grant, { day, key });
    if (!outcome.ok) return outcome;
  }
  return undefined;
}

interface Closing {
  readonly day: LocalDate;
  readonly key: CalendarKey;
}

async function closeOne(
  parts: Pick<DutyParts, 'store' | 'billing'>,
  grant: Pick<DutyGrant, 'guard'>,
  closing: Closing,
): ReturnType<typeof closeDay> {
  return await parts.store.transaction<BillingTables, Awaited<ReturnType<typeof closeDay>>>(
    async (trx) => await closeUnderDuty(parts, grant, trx, closing),
    { repeatable: true },
  );
}

async function closeUnderDuty(
  parts: Pick<DutyParts, 'store' | 'billing'>,
  grant: Pick<DutyGrant, 'guard'>,
  trx: Transaction<BillingTables>,
  { day, key }: Closing,
): ReturnType<typeof closeDay> {
  await grant.guard(trx);
  const outcome = await closeDay(parts.billing, trx, day, key);
  // Looked at again for what it holds, with nothing new: nothing to tell.
  const isNews = outcome.ok && (outcome.value.already === 0 || outcome.value.posted > 0);
  if (isNews) await parts.store.changes.note(trx, 'billing-day', day);
  return outcome;
}

async function nextDayOver(
  parts: Pick<DutyParts, 'store' | 'billing'>,
  key: CalendarKey,
): Promise<LocalDate | undefined> {
  const db = parts.store.tables<BillingTables>();
  const calendar = await readCalendar(db, key);
  const first = calendar && (await firstOpenDay(db, calendar));
  if (calendar === undefined || first === undefined) return undefined;
  return first < dayAt(await parts.billing.nowMs(db), calendar.timeZone) ? first : undefined;
}

function sentenceOfHeld({ day, subscriptions, reason }: HeldDay): string {
  return `${day} is charged except for ${subscriptions} subscription${subscriptions === 1 ? '' : 's'}: ${reason}.`;
}

function sentenceOfRefusal(refused: Refused): string {
  const refusals: Readonly<Record<string, string>> = billingContract.dayClose.refusals;
  return sentenceOf(refusals[refused.code] ?? refused.code, refused.facts);
}
