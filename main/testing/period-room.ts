import type { OperationAt } from '../../shared/contract/contract.ts';
import type { CallInputOf } from '../../shared/contract/operation.ts';
import type { BillingRoom } from './billing-room.ts';

type PeriodPrice = CallInputOf<OperationAt<'catalog.planVersionAdd'>>['price'];
type Start = CallInputOf<OperationAt<'billing.subscriptionStart'>>;
export type Components = PeriodPrice['components'];

/** 310.00 a month in advance: a day of a month of 31 is 10.00. */
export const monthlyFee = {
  kind: 'recurring',
  id: 'fee',
  every: 'month',
  timing: 'in-advance',
  price: '310',
} as const;
export const vcpuHours = {
  kind: 'usage',
  id: 'cpu',
  meter: 'vcpu-hours',
  every: 'month',
  align: 'calendar',
  pricing: { tiers: 'flat', price: '0.5' },
} as const;

/** A plan that is charged by the period, from the beginning of 2020 on. */
export async function makePlan(
  room: BillingRoom,
  name: string,
  components: Components,
  price: Partial<PeriodPrice> = {},
): Promise<string> {
  const { planId } = await room.call('catalog.planCreate', {
    name,
    periodPrices: [{ currency: 'PLN', ...price, components }],
    validFrom: '2020-01-01',
  });
  return planId;
}

/** A new customer's subscription of a new plan of these components. */
export async function sellByPeriod(
  room: BillingRoom,
  what: {
    readonly components: Components;
    readonly startsOn: string;
    readonly price?: Partial<PeriodPrice>;
    readonly name?: string;
    /** Of the customer (IANA); its company's where it is not named. */
    readonly billingZone?: string;
  } & Partial<Omit<Start, 'startsOn'>>,
): Promise<{ readonly customerId: string; readonly planId: string; readonly subscriptionId: string }> {
  const { components, startsOn, price, name = 'Plan', billingZone, ...more } = what;
  const { customerId } = await room.call('customers.customerCreate', {
    name: `Klient ${name}`,
    country: 'PL',
    currency: 'PLN',
  });
  if (billingZone !== undefined) {
    const { profile } = await room.call('customers.billingProfileGet', { customerId });
    await room.call('customers.billingProfileSave', { customerId, profile: { ...profile, billingZone } });
  }
  const planId = await makePlan(room, name, components, price);
  const sold = { customerId, planId, startsOn, ...more };
  const { subscriptionId } = await room.call('billing.subscriptionStart', sold);
  return { customerId, planId, subscriptionId };
}

/** Charges in the order they were posted: `2026-10-01 fee service 2026-10-01/2026-11-01 310.00`. */
export async function chargesIn(room: BillingRoom, subscriptionId: string): Promise<string[]> {
  const { rows } = await room.call('billing.chargeList', { subscriptionId });
  return rows.map((row) =>
    [
      row.day,
      row.component,
      row.reason,
      `${row.serviceStart}/${row.serviceEndExclusive}`,
      (Number(row.amount.amountMinor) / 100).toFixed(2),
    ].join(' '),
  );
}
