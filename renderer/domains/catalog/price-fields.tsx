import type { PlanPrice } from '../../../shared/domains/catalog/catalog-contract.ts';
import { TextField } from '../../ui/form-field.tsx';
import { EXACT, numberFault, plainNumber } from '../../ui/typed-amount.ts';
import { formatMinor } from '../../ui/format.ts';
import { monthExampleMinor } from './price-words.ts';

const EXAMPLE = { vcpus: 2n, memoryGib: 4n } as const;

/** Why a price cannot be taken, or null; an empty field is nothing charged. */
export function priceFault(text: string): string | null {
  return numberFault(text, EXACT);
}

/** A price as typed: empty fields are 0. Call it only when no field is at fault. */
export function typedPrice(typed: PlanPrice): PlanPrice {
  const amount = (text: string): string => plainNumber(text, EXACT) || '0';
  return {
    currency: typed.currency,
    perMonth: amount(typed.perMonth),
    perVcpuHour: amount(typed.perVcpuHour),
    perGibHour: amount(typed.perGibHour),
  };
}

type InputProps = (field: 'perMonth' | 'perVcpuHour' | 'perGibHour') => object;

/** The three amounts of a price, each with its unit in the field. */
export function PriceFields({ currency, inputProps }: { currency: string; inputProps: InputProps }) {
  return (
    <>
      <TextField
        label="A month"
        unit={`${currency} / month`}
        placeholder="0"
        inputMode="decimal"
        {...inputProps('perMonth')}
      />
      <TextField
        label="Per vCPU-hour"
        unit={`${currency} / vCPU-hour`}
        placeholder="0"
        inputMode="decimal"
        {...inputProps('perVcpuHour')}
      />
      <TextField
        label="Per GiB-hour of memory"
        unit={`${currency} / GiB-hour`}
        placeholder="0"
        inputMode="decimal"
        {...inputProps('perGibHour')}
      />
    </>
  );
}

/** What such a price comes to: a worked example, as the ledger would round it. */
export function PriceExample({ price }: { price: PlanPrice }) {
  const faulty = [price.perMonth, price.perVcpuHour, price.perGibHour].some(
    (text) => priceFault(text) !== null,
  );
  if (faulty) return null;
  return (
    <p className="ik-example ik-wide">
      2 vCPU, 4 GiB, running through a month of 31 days:{' '}
      <b>
        {formatMinor(monthExampleMinor(typedPrice(price), EXAMPLE))} {price.currency}
      </b>{' '}
      net
    </p>
  );
}
