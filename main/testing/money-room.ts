import { expect } from 'vitest';
import { billingRoom, testCompany, type BillingRoom } from './billing-room.ts';
import { billingSchema } from './billing-schema.ts';
import type { StoreForTest } from './store-for-test.ts';

/** What verification of a ledger says where nothing is wrong with it. */
export const inOrder = { ok: true, problems: [] };
export const august = { periodStart: '2026-08-31', periodEndExclusive: '2026-09-01' };
export const september = { periodStart: '2026-09-01', periodEndExclusive: '2026-10-01' };

/** Two engines on one store, where that can be; the same one twice where it cannot. */
export async function twoEngines(stores: StoreForTest): Promise<readonly [BillingRoom, BillingRoom]> {
  const address = await stores.newAddress();
  const one = billingRoom(await stores.openStoreForTest(billingSchema, { address }));
  await one.call('billing.companySave', testCompany);
  const two = stores.kind === 'postgres' ? billingRoom(await stores.openAlso(address, billingSchema)) : one;
  return [one, two];
}

/** Of every account what is debited less what is credited, in minor units. */
export async function balances(room: BillingRoom): Promise<Record<string, number>> {
  const { rows } = await room.call('billing.trialBalance', {});
  return Object.fromEntries(
    rows.map((row) => [row.account, Number(row.debit.amountMinor) - Number(row.credit.amountMinor)]),
  );
}

/** What of a payment stands on nothing. */
export async function leftOf(room: BillingRoom, paymentId: string): Promise<string> {
  return (await room.call('payments.paymentGet', { paymentId })).unallocated.amountMinor;
}

/** What of an invoice is still to be paid. */
export async function openOf(room: BillingRoom, invoiceId: string): Promise<string> {
  return (await room.call('billing.invoiceGet', { invoiceId })).open.amountMinor;
}

export async function verified(room: BillingRoom): Promise<void> {
  expect(await room.call('billing.ledgerVerify', {})).toMatchObject(inOrder);
}
