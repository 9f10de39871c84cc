import type { PriceComponent } from '../../../shared/domains/billing/price-component.ts';
import { formatPrice } from './price-words.ts';

type Usage = Extract<PriceComponent, { kind: 'usage' }>;
type Pricing = Usage['pricing'];

export const EVERY_WORDS = {
  day: 'a day',
  week: 'a week',
  'two-weeks': 'every two weeks',
  'thirty-days': 'every 30 days',
  'thirty-one-days': 'every 31 days',
  'sixty-days': 'every 60 days',
  'ninety-days': 'every 90 days',
  month: 'a month',
  'two-months': 'every two months',
  quarter: 'a quarter',
  'four-months': 'every four months',
  'half-year': 'every half year',
  year: 'a year',
  'eighteen-months': 'every 18 months',
  'two-years': 'every two years',
  'three-years': 'every three years',
} as const satisfies Record<Usage['every'], string>;

const advance = (timing: 'in-advance' | 'in-arrears'): string =>
  timing === 'in-advance' ? 'in advance' : 'in arrears';

/** What each kind of component is called where one is chosen. */
export const KIND_WORDS = {
  'set-up': 'Set-up, once',
  recurring: 'Recurring fee',
  allocation: 'Per unit as ordered',
  option: 'Option, taken or left',
  usage: 'Usage',
  pool: 'Pool bought together',
} as const satisfies Record<PriceComponent['kind'], string>;

/** What a pool's overage is measured by. */
export const MEASURED_WORDS = {
  sum: 'of all the period',
  daily: 'each day',
  peak: 'of the highest day',
  last: 'of the last reading',
} as const satisfies Record<Extract<PriceComponent, { kind: 'pool' }>['aggregate'], string>;

function pricingWords(pricing: Pricing, meter: string): string {
  switch (pricing.tiers) {
    case 'flat':
      return `${formatPrice(pricing.price)} per unit of ${meter}`;
    case 'package':
      return `${formatPrice(pricing.price)} per begun ${pricing.package} of ${meter}`;
    case 'graduated':
    case 'volume': {
      const bands = pricing.bands.map(
        ({ upTo, price }) => `${formatPrice(price)} ${upTo === null ? 'beyond' : `up to ${upTo}`}`,
      );
      return `${meter} ${pricing.tiers}: ${bands.join(', ')}`;
    }
  }
}

/** One component as a person would say it: `19.95 a month in advance`, `0.01 per unit of vcpu-hours, 10 included`. */
export function componentWords(component: PriceComponent): string {
  switch (component.kind) {
    case 'set-up':
      return `${formatPrice(component.price)} once`;
    case 'recurring':
      return `${formatPrice(component.price)} ${EVERY_WORDS[component.every]} ${advance(component.timing)}`;
    case 'allocation':
      return `${formatPrice(component.price)} per ${component.resource} ${EVERY_WORDS[component.every]} ${advance(component.timing)}`;
    case 'option': {
      const most = component.most === null ? '' : `, at most ${component.most}`;
      return `option ${component.name}: ${formatPrice(component.price)} each ${EVERY_WORDS[component.every]} ${advance(component.timing)}${most}`;
    }
    case 'usage': {
      const parts = [
        pricingWords(component.pricing, component.meter),
        ...(/[1-9]/.test(component.included) ? [`${component.included} included`] : []),
        ...(component.minimum === undefined ? [] : [`at least ${formatPrice(component.minimum)}`]),
        ...(component.cap === undefined ? [] : [`at most ${formatPrice(component.cap)}`]),
      ];
      return `${parts.join(', ')}, ${EVERY_WORDS[component.every]}`;
    }
    case 'pool':
      return `${component.bought} of ${component.meter} at ${formatPrice(component.price)} each ${EVERY_WORDS[component.every]} ${advance(component.timing)}; beyond, ${pricingWords(component.overage, component.meter)}, ${MEASURED_WORDS[component.aggregate]}`;
  }
}
