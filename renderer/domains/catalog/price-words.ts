import type { PlanPrice } from '../../../shared/domains/catalog/catalog-contract.ts';
import { GIB } from '../../../shared/kernel/bytes.ts';
import { roundedAmountMinor } from '../../../shared/domains/billing/charge-rules.ts';

/** A price in major units as people read it: at least two decimals, thousands comma; `1310` → `1,310.00`, `0.0125` stays. */
export function formatPrice(price: string): string {
  const [whole = '0', decimals = ''] = price.split('.');
  const plain = decimals.replace(/0+$/, '').padEnd(2, '0');
  return `${whole.replace(/^0+(?=\d)/, '').replaceAll(/\B(?=(\d{3})+$)/g, ',')}.${plain}`;
}

/** A quantity as people read it: thousands comma before the point; fractions of a month (`27/31`) stay as they are. */
export function formatQuantity(quantity: string): string {
  return quantity.replace(/^\d+(?=\.|$)/, (whole) => whole.replaceAll(/\B(?=(\d{3})+$)/g, ','));
}

/** `310.00 a month, 0.0125 per vCPU-hour, 0.004 per GiB-hour`; parts that cost nothing are left out. */
export function priceWords(price: Pick<PlanPrice, 'perMonth' | 'perVcpuHour' | 'perGibHour'>): string {
  const parts = [
    [price.perMonth, 'a month'],
    [price.perVcpuHour, 'per vCPU-hour'],
    [price.perGibHour, 'per GiB-hour'],
  ] as const;
  const costing = parts.filter(([amount]) => /[1-9]/.test(amount));
  return costing.length === 0
    ? 'free of charge'
    : costing.map(([amount, unit]) => `${formatPrice(amount)} ${unit}`).join(', ');
}

const HOURS_OF_31_DAYS = 31n * 24n;

/** What a VM of this size comes to that runs through a month of 31 days, in minor units. */
export function monthOfVmMinor(
  price: PlanPrice,
  vm: { readonly vcpus: number; readonly memoryBytes: number },
): bigint {
  const mib = BigInt(Math.round(vm.memoryBytes / 1024 ** 2));
  const of = (unitPrice: string, numerator: bigint, denominator = 1n): bigint =>
    roundedAmountMinor(unitPrice, { numerator, denominator }, price.currency);
  return (
    of(price.perMonth, 1n) +
    of(price.perVcpuHour, BigInt(vm.vcpus) * HOURS_OF_31_DAYS) +
    of(price.perGibHour, mib * HOURS_OF_31_DAYS, 1024n)
  );
}

/** What a VM comes to that runs through a month of 31 days, in minor units: each component rounded by itself, as the ledger does. */
export function monthExampleMinor(
  price: PlanPrice,
  size: { readonly vcpus: bigint; readonly memoryGib: bigint },
): bigint {
  return monthOfVmMinor(price, { vcpus: Number(size.vcpus), memoryBytes: Number(size.memoryGib) * GIB });
}
