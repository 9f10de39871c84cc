import { closeDays, sell, type BillingRoom } from './billing-room.ts';

type Paid = 'PLN' | 'EUR';

/** A customer who owes 381.30 gross for September (310.00 net at 23 %), not invoiced yet; from August on, 12.30 for its last day, too. */
export async function supplied(
  room: BillingRoom,
  of: Pick<Parameters<typeof sell>[1], 'customer'> & {
    readonly currency?: Paid;
    readonly startsOn?: string;
  } = {},
): Promise<{ readonly customerId: string }> {
  const { currency = 'PLN', customer = {}, startsOn = '2026-09-01' } = of;
  const { customerId } = await sell(room, {
    vm: 'vm-1',
    startsOn,
    price: { currency },
    customer: { street: 'ul. Lipowa 7', postcode: '30-001', city: 'Kraków', ...customer },
  });
  await closeDays(room, startsOn, '2026-10-01');
  return { customerId };
}

/** A payment that stands on no invoice; its id. */
export async function paidAhead(
  room: BillingRoom,
  of: {
    readonly customerId: string;
    readonly amountMinor: string;
    readonly reference?: string;
    readonly receivedOn?: string;
    readonly currency?: Paid;
  },
): Promise<string> {
  const { customerId, amountMinor, reference = 'ahead', receivedOn = '2026-09-10', currency = 'PLN' } = of;
  const { paymentId } = await room.call('payments.paymentRecord', {
    customerId,
    amount: { amountMinor, currency },
    receivedOn,
    reference,
    allocations: [],
  });
  return paymentId;
}

export const advanceLine = (grossMinor: string): { description: string; grossMinor: string } => ({
  description: 'Zaliczka na serwer',
  grossMinor,
});

/** A customer as {@link supplied} from August on, of whom so much was paid ahead and is documented. */
export async function advanced(
  room: BillingRoom,
  grossMinor: string,
  of: Parameters<typeof supplied>[1] & { readonly receivedOn?: string } = {},
): Promise<{ readonly customerId: string; readonly paymentId: string; readonly advanceId: string }> {
  const { receivedOn, ...more } = of;
  const { customerId } = await supplied(room, { startsOn: '2026-08-31', ...more });
  const { currency } = more;
  const paymentId = await paidAhead(room, {
    customerId,
    amountMinor: grossMinor,
    ...(currency && { currency }),
    ...(receivedOn && { receivedOn }),
  });
  const issued = await room.call('payments.advanceIssue', { paymentId, lines: [advanceLine(grossMinor)] });
  return { customerId, paymentId, advanceId: issued.invoiceId };
}

/** What was taken of an advance invoice, in order. */
export async function usesOf(room: BillingRoom, invoiceId: string): Promise<string[]> {
  const { advance } = await room.call('billing.invoiceGet', { invoiceId });
  return advance?.uses.map(({ kind, gross }) => `${kind} ${gross.amountMinor}`) ?? [];
}

/** NBP's table A of these days, the euro at these rates. */
export function nbp(rates: Readonly<Record<string, number>>): string {
  const tables = Object.entries(rates).map(([effectiveDate, mid]) => ({
    table: 'A',
    effectiveDate,
    rates: [{ code: 'EUR', mid }],
  }));
  return JSON.stringify(tables);
}
