import type { Aggregate, PeriodPrice, PriceComponent } from '../billing/price-component.ts';

/**
 * How the readings of a local day become one, for each member: their `sum`; the highest (`high-water`, whose days a plan may add up, and
 * `max`, of which only the highest day counts); or the `last` one.
 */
export const AGGREGATIONS = ['sum', 'max', 'high-water', 'last'] as const;
export type Aggregation = (typeof AGGREGATIONS)[number];

/** More decimals than a 64-bit whole number has room for would leave too little before the point. */
export const DECIMALS_MAX = 9;
/** Of the smallest unit of a meter; what a day adds up to stays exact on both databases. */
const UNITS_MAX = 1_000_000_000_000_000n;

/** A meter that is read from outside: name, unit and how it is read. */
export interface UsageMeter {
  readonly name: string;
  readonly unit: string;
  readonly aggregation: Aggregation;
  readonly decimals: number;
}

/** How a plan may make a period of the days of a meter; a pool by each of its days, too, whatever the meter. */
export const PERIODS_OF = {
  sum: ['sum', 'peak'],
  'high-water': ['sum', 'peak'],
  max: ['peak'],
  last: ['last', 'peak'],
} as const satisfies Record<Aggregation, readonly ('sum' | 'peak' | 'last')[]>;

/** The same of a component: {@link PERIODS_OF}, and `daily` where it is a pool. */
export function periodsOf(aggregation: Aggregation, kind: PriceComponent['kind']): readonly Aggregate[] {
  const may = PERIODS_OF[aggregation];
  return kind === 'pool' ? [...may, 'daily'] : may;
}

export interface Misfit {
  readonly component: string;
  readonly meter: string;
  /** How the plan makes its period, and how it may. */
  readonly aggregate: string;
  readonly may: string;
}

/** The first component that makes its period of a meter in a way that meter does not allow. */
export function meterMisfit(plan: PeriodPrice, meters: readonly UsageMeter[]): Misfit | undefined {
  for (const component of plan.components) {
    if (!('meter' in component)) continue;
    const meter = meters.find(({ name }) => name === component.meter);
    const may = periodsOf(meter?.aggregation ?? 'sum', component.kind);
    if (may.includes(component.aggregate)) continue;
    const { id, aggregate } = component;
    return { component: id, meter: component.meter, aggregate, may: may.join(' or ') };
  }
  return undefined;
}

/** A quantity in the smallest unit of a meter, exactly; or in words what is wrong with it. */
export function quantityUnits(text: string, decimals: number): number | string {
  const found = /^(-?)(\d{1,20})(?:\.(\d{1,20}))?$/.exec(text);
  if (found === null) return `"${text.slice(0, 40)}" is no quantity: write a number such as 12.5`;
  const [, sign = '', whole = '', behind = ''] = found;
  const rest = behind.slice(decimals);
  if (/[1-9]/.test(rest)) return `${text} has more than the ${decimals} decimals of its meter`;
  const digits = `${whole}${behind.slice(0, decimals).padEnd(decimals, '0')}`;
  if (sign === '-' && /[1-9]/.test(digits)) return `the quantity ${text} is negative`;
  // Up to 15 digits a number is exact.
  const units = digits.length <= 15 ? Number(digits) : BigInt(digits);
  return units > UNITS_MAX ? `the quantity ${text} is too large` : Number(units);
}

/** Units of a meter as decimal text, as rating and people read it: `1250` of two decimals is `12.5`. */
export function quantityText(units: string, decimals: number): string {
  if (decimals === 0) return units;
  const digits = units.padStart(decimals + 1, '0');
  const behind = digits.slice(-decimals).replace(/0+$/, '');
  const whole = digits.slice(0, -decimals);
  return behind === '' ? whole : `${whole}.${behind}`;
}
