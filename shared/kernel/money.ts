import { z } from 'zod';
import { Exact, roundToMinor } from './rounding.ts';
import { invariant } from './invariant.ts';

/** Currencies we sell in, with their minor digits (ISO 4217). Cash rounding of HUF and CZK is no matter of invoices. */
export const CURRENCIES = { EUR: 2, PLN: 2, CZK: 2, HUF: 2, RON: 2, USD: 2 } as const;
export type Currency = keyof typeof CURRENCIES;
export const currencySchema = z.enum(Object.keys(CURRENCIES) as [Currency, ...Currency[]]);

declare const moneyBrand: unique symbol;

/** An amount: integer minor units (cents) and its currency. Never a float; see `roundToMinor` for where decimals end. */
export interface Money {
  readonly amountMinor: bigint;
  readonly currency: Currency;
  readonly [moneyBrand]?: true;
}

/** Money as it crosses the contract: JSON has no bigint, so minor units are a decimal string. */
export const moneySchema = z.object({
  amountMinor: z
    .string()
    .regex(/^-?\d{1,18}$/, 'an integer number of minor units, as text ("1250" is 12.50)'),
  currency: currencySchema,
});
export type MoneyWire = z.infer<typeof moneySchema>;

export function money(amountMinor: bigint, currency: Currency): Money {
  return { amountMinor, currency };
}

export function moneyFromWire(wire: MoneyWire): Money {
  return money(BigInt(wire.amountMinor), wire.currency);
}

export function moneyToWire(value: Money): MoneyWire {
  return { amountMinor: value.amountMinor.toString(), currency: value.currency };
}

/** Adds amounts of one currency; adding across currencies is a bug, not an input. */
export function addMoney(first: Money, ...rest: readonly Money[]): Money {
  let sum = first.amountMinor;
  for (const next of rest) {
    invariant(next.currency === first.currency, `cannot add ${next.currency} to ${first.currency}`);
    sum += next.amountMinor;
  }
  return money(sum, first.currency);
}

/** Exact major units: 1250 minor units of EUR are 12.50. */
export function toMajor(value: Money): Exact {
  return new Exact(value.amountMinor.toString()).div(new Exact(10).pow(CURRENCIES[value.currency]));
}

/** Rounds an exact amount in major units into money, by the rule of `roundToMinor`. */
export function moneyFromMajor(amountMajor: Exact | string, currency: Currency): Money {
  return money(roundToMinor(new Exact(amountMajor), CURRENCIES[currency]), currency);
}

/** Plain decimal text in major units, such as `-1234.50`: for data formats; screens and documents have their own. */
export function moneyToDecimalText(value: Money): string {
  return toMajor(value).toFixed(CURRENCIES[value.currency]);
}
