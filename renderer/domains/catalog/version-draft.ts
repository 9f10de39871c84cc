import type { Every } from '../../../shared/domains/billing/period-rules.ts';
import type {
  Aggregate,
  PeriodPrice,
  PriceComponent,
  UsagePricing,
} from '../../../shared/domains/billing/price-component.ts';
import type { Currency } from '../../../shared/kernel/money.ts';
import { EXACT, plainNumber, typedNumber } from '../../ui/typed-amount.ts';

/** What is typed of one component: of each kind its own fields, all kept while the kind is changed. */
export interface ComponentDraft {
  kind: PriceComponent['kind'];
  id: string;
  price: string;
  every: Every;
  timing: 'in-advance' | 'in-arrears';
  align: 'anchor' | 'calendar';
  trialDays: string;
  resource: string;
  /** Of an option: what it is called, and how many one takes at most. */
  name: string;
  most: string;
  included: string;
  meter: string;
  aggregate: Aggregate;
  tiers: UsagePricing['tiers'];
  /** Of a unit used, or of a begun package. */
  unitPrice: string;
  package: string;
  bands: { upTo: string; price: string; flat: string }[];
  minimum: string;
  cap: string;
  proratesIncluded: boolean;
  /** Included, minimum and cap are of each unit of the quantity. */
  forEachUnit: boolean;
  chargedInTrial: boolean;
  bought: string;
}

/** What is typed of a version; name, description and product of a plan that is new. */
export interface VersionDraft extends Record<string, unknown> {
  name: string;
  description: string;
  productId: string | null;
  currency: Currency;
  vat: PeriodPrice['vat'];
  proration: PeriodPrice['proration'];
  cycleOnChange: PeriodPrice['cycleOnChange'];
  /** Of the whole plan. */
  trialDays: string;
  validFrom: string | null;
  components: ComponentDraft[];
}

export function emptyComponent(kind: PriceComponent['kind'], id: string): ComponentDraft {
  return {
    kind,
    id,
    price: '',
    every: 'month',
    timing: 'in-advance',
    align: 'anchor',
    trialDays: '',
    resource: '',
    name: '',
    most: '',
    included: '',
    meter: kind === 'pool' ? 'memory-gib-hours' : 'vcpu-hours',
    aggregate: 'sum',
    tiers: 'flat',
    unitPrice: '',
    package: '',
    bands: [
      { upTo: '', price: '', flat: '' },
      { upTo: '', price: '', flat: '' },
    ],
    minimum: '',
    cap: '',
    proratesIncluded: false,
    forEachUnit: true,
    chargedInTrial: false,
    bought: '',
  };
}

export const EMPTY_VERSION: VersionDraft = {
  name: '',
  description: '',
  productId: null,
  currency: 'EUR',
  vat: 'added',
  proration: 'actual-days',
  cycleOnChange: 'by-timing',
  trialDays: '',
  validFrom: null,
  components: [emptyComponent('recurring', 'fee')],
};

/** A version that is there as a draft of the next one. */
export function draftOf(price: PeriodPrice): PriceDraft {
  const { currency, vat, proration, cycleOnChange } = price;
  const trialDays = unlessZero(String(price.trialDays ?? 0));
  const components = price.components.map(componentDraft);
  return { currency, vat, proration, cycleOnChange, trialDays, components };
}

type PriceDraft = Pick<
  VersionDraft,
  'currency' | 'vat' | 'proration' | 'cycleOnChange' | 'trialDays' | 'components'
>;

function componentDraft(component: PriceComponent): ComponentDraft {
  const typed = {
    ...emptyComponent(component.kind, component.id),
    forEachUnit: 'forEachUnit' in component && component.forEachUnit === true,
    chargedInTrial: 'chargedInTrial' in component && component.chargedInTrial === true,
  };
  switch (component.kind) {
    case 'set-up':
      return { ...typed, price: typedNumber(component.price) };
    case 'recurring':
    case 'allocation': {
      const { every, timing, align, trialDays } = component;
      const price = typedNumber(component.price);
      const more =
        component.kind === 'allocation'
          ? { resource: component.resource, included: unlessZero(component.included) }
          : {};
      return { ...typed, every, timing, align, price, trialDays: unlessZero(String(trialDays)), ...more };
    }
    case 'option': {
      const { every, timing, align, name, most } = component;
      const price = typedNumber(component.price);
      return { ...typed, every, timing, align, price, name, most: most === null ? '' : String(most) };
    }
    case 'usage': {
      const { every, align, meter, aggregate, included, proratesIncluded, minimum, cap } = component;
      const limits = { minimum: typedNumber(minimum ?? ''), cap: typedNumber(cap ?? '') };
      const counted = { every, align, meter, aggregate, included: unlessZero(included), proratesIncluded };
      return { ...typed, ...counted, ...limits, ...pricingDraft(component.pricing, typed) };
    }
    case 'pool': {
      const { every, timing, align, meter, aggregate, trialDays } = component;
      const [bought, price] = [typedNumber(component.bought), typedNumber(component.price)];
      const billed = { every, timing, align, price, trialDays: unlessZero(String(trialDays)) };
      return { ...typed, ...billed, meter, aggregate, bought, ...pricingDraft(component.overage, typed) };
    }
  }
}

function unlessZero(text: string): string {
  return /[1-9]/.test(text) ? typedNumber(text) : '';
}

function pricingDraft(
  pricing: UsagePricing,
  typed: ComponentDraft,
): Pick<ComponentDraft, 'tiers' | 'unitPrice' | 'package' | 'bands'> {
  const { tiers } = pricing;
  const { unitPrice, package: packaged, bands } = typed;
  const before = { unitPrice, package: packaged, bands };
  if (tiers === 'flat') return { ...before, tiers, unitPrice: typedNumber(pricing.price) };
  if (tiers === 'package')
    return { ...before, tiers, unitPrice: typedNumber(pricing.price), package: typedNumber(pricing.package) };
  return {
    ...before,
    tiers,
    bands: pricing.bands.map(({ upTo, price, flat }) => ({
      upTo: typedNumber(upTo ?? ''),
      price: typedNumber(price),
      flat: unlessZero(flat),
    })),
  };
}

const typedOr = (text: string, otherwise: string): string => plainNumber(text, EXACT) || otherwise;

/** The price as it is typed; call it only where `versionFaults` finds nothing. Empty amounts are 0. */
export function priceOf(draft: PriceDraft): PeriodPrice {
  const { currency, vat, proration, cycleOnChange } = draft;
  const trialDays = Number(typedOr(draft.trialDays, '0'));
  const terms = { currency, vat, proration, cycleOnChange, ...(trialDays > 0 && { trialDays }) };
  return { ...terms, components: draft.components.map(componentOf) };
}

function componentOf(typed: ComponentDraft): PriceComponent {
  const { kind, every, timing, align, aggregate } = typed;
  const id = typed.id.trim();
  const price = typedOr(typed.price, '0');
  const included = typedOr(typed.included, '0');
  const meter = typed.meter.trim();
  const billed = { every, timing, align, price, trialDays: Number(typedOr(typed.trialDays, '0')) };
  const inTrial = typed.chargedInTrial && { chargedInTrial: true };
  const forEach = typed.forEachUnit && { forEachUnit: true };
  switch (kind) {
    case 'set-up':
      return { kind, id, price };
    case 'recurring':
      return { kind, id, ...billed };
    case 'allocation':
      return { kind, id, ...billed, resource: typed.resource.trim(), included, ...forEach, ...inTrial };
    case 'option': {
      const most = typed.most.trim();
      const name = typed.name.trim();
      const option = { kind, id, name, every, timing, align, price, ...inTrial };
      return { ...option, most: most === '' ? null : Number(most) };
    }
    case 'usage':
      return {
        kind,
        id,
        meter,
        // Each day by itself is of pools.
        aggregate: aggregate === 'daily' ? 'sum' : aggregate,
        every,
        align,
        included,
        proratesIncluded: typed.proratesIncluded,
        pricing: pricingOf(typed),
        ...forEach,
        ...inTrial,
        ...(typed.minimum.trim() !== '' && { minimum: plainNumber(typed.minimum, EXACT) }),
        ...(typed.cap.trim() !== '' && { cap: plainNumber(typed.cap, EXACT) }),
      };
    case 'pool':
      return {
        kind,
        id,
        ...billed,
        ...inTrial,
        meter,
        aggregate,
        bought: plainNumber(typed.bought, EXACT),
        overage: pricingOf(typed),
      };
  }
}

function pricingOf(typed: ComponentDraft): UsagePricing {
  const { tiers, bands } = typed;
  const price = typedOr(typed.unitPrice, '0');
  if (tiers === 'flat') return { tiers, price };
  if (tiers === 'package') return { tiers, price, package: plainNumber(typed.package, EXACT) };
  return {
    tiers,
    bands: bands.map((band, at) => ({
      upTo: at === bands.length - 1 ? null : plainNumber(band.upTo, EXACT),
      price: typedOr(band.price, '0'),
      flat: typedOr(band.flat, '0'),
    })),
  };
}

/** Units that components allot as ordered, options, and meters that they count, in the order they stand. */
export function askedBy(price: PeriodPrice): { readonly resources: string[]; readonly meters: string[] } {
  const resources = price.components.flatMap((each) =>
    each.kind === 'allocation' ? [each.resource] : each.kind === 'option' ? [each.id] : [],
  );
  const meters = price.components.flatMap((each) => ('meter' in each ? [each.meter] : []));
  return { resources: [...new Set(resources)], meters: [...new Set(meters)] };
}
