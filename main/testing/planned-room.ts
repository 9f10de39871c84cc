import type { CallInputOf } from '../../shared/contract/operation.ts';
import type { billingContract } from '../../shared/domains/billing/billing-contract.ts';
import { localDate } from '../../shared/kernel/local-date.ts';
import { closeDays, type BillingRoom } from './billing-room.ts';
import { monthlyFee, sellByPeriod } from './period-room.ts';

/** What is decided for a day of a subscription. */
export type Change = CallInputOf<typeof billingContract.subscriptionPreview>['change'];
export type Sold = { readonly subscriptionId: string; readonly customerId: string };

/** A day of the fee is 10.00; it is paid until the end of October, and the 10th has come. */
export async function onTheTenth(room: BillingRoom): Promise<Sold> {
  const sold = await sellByPeriod(room, { components: [monthlyFee], startsOn: '2026-10-01' });
  await comeTo(room, '2026-10-01', '2026-10-10');
  return sold;
}

/** It is the morning of `day`, and all days from `from` until then are closed. */
export async function comeTo(room: BillingRoom, from: string, day: string): Promise<void> {
  room.setNow(`${day}T08:00:00Z`);
  await closeDays(room, from, day);
}

/** Decides something and gives its number. */
export async function decide(
  room: BillingRoom,
  { subscriptionId }: Sold,
  change: Change,
  on: string,
): Promise<number> {
  const day = localDate(on);
  if (change.do === 'cancel') await room.call('billing.subscriptionEnd', { subscriptionId, endsOn: day });
  else await room.call('billing.subscriptionChange', { subscriptionId, change, on: day });
  const { rows } = await room.call('billing.subscriptionHistory', { subscriptionId });
  return rows.at(-1)?.seq ?? 0;
}

/** What the list says of it. */
export async function stateOf(room: BillingRoom, { subscriptionId }: Sold): Promise<object | undefined> {
  const { rows } = await room.call('billing.subscriptionList', { query: `id:${subscriptionId}` });
  const { plan, endsOn, pausedFrom, pausedUntil } = rows[0] ?? {};
  return { plan, endsOn, pausedFrom, pausedUntil };
}

/** `2026-10-20 cancel -120.00`, and why it stays where it does. */
export async function planned(room: BillingRoom, { subscriptionId }: Sold): Promise<string[]> {
  const { rows } = await room.call('billing.subscriptionPlanned', { subscriptionId });
  return rows.map(({ event, difference, whyKept }) =>
    [event.on, event.what, (Number(difference.amountMinor) / 100).toFixed(2), whyKept ?? ''].join(' ').trim(),
  );
}

/** Of `onTheTenth`: its one charge, and what the list says where nothing is decided. */
export const paid = '2026-10-01 fee service 2026-10-01/2026-11-01 310.00';
export const running = { plan: 'Plan', endsOn: null, pausedFrom: null, pausedUntil: null };
