import type { Every } from '../../../shared/domains/billing/period-rules.ts';
import type {
  PeriodPrice,
  PriceComponent,
  UsagePricing,
} from '../../../shared/domains/billing/price-component.ts';
import type { Currency } from '../../../shared/kernel/money.ts';

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
  included: string;
  meter: string;
  aggregate: 'sum' | 'peak' | 'last';
  tiers: UsagePricing['tiers'];
  /** Of a unit used, or of a begun package. */
  unitPrice: string;
  package: string;
  bands: { upTo: string; price: string; flat: string }[];
  minimum: string;
  cap: string;
  proratesIncluded: boolean;
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
  validFrom: null,
  components: [emptyComponent('recurring', 'fee')],
};

/** A version that is there as a draft of the next one. */
export function draftOf(
  price: PeriodPrice,
): Pick<VersionDraft, 'currency' | 'vat' | 'proration' | 'cycleOnChange' | 'components'> {
  const { currency, vat, proration, cycleOnChange } = price;
  return { currency, vat, proration, cycleOnChange, components: price.components.map(componentDraft) };
}

function componentDraft(component: PriceComponent): ComponentDraft {
  const typed = emptyComponent(component.kind, component.id);
  switch (component.kind) {
    case 'set-up':
      return { ...typed, price: component.price };
    case 'recurring':
    case 'allocation': {
      const { every, timing, align, price, trialDays } = component;
      const more =
        component.kind === 'allocation'
          ? { resource: component.resource, included: unlessZero(component.included) }
          : {};
      return { ...typed, every, timing, align, price, trialDays: unlessZero(String(trialDays)), ...more };
    }
    case 'usage': {
      const { every, align, meter, aggregate, included, proratesIncluded, minimum, cap } = component;
      const limits = { minimum: minimum ?? '', cap: cap ?? '' };
      const counted = { every, align, meter, aggregate, included: unlessZero(included), proratesIncluded };
      return { ...typed, ...counted, ...limits, ...pricingDraft(component.pricing, typed) };
    }
    case 'pool': {
      const { every, timing, align, meter, aggregate, bought, price, trialDays } = component;
      const billed = { every, timing, align, price, trialDays: unlessZero(String(trialDays)) };
      return { ...typed, ...billed, meter, aggregate, bought, ...pricingDraft(component.overage, typed) };
    }
  }
}

function unlessZero(text: string): string {
  return /[1-9]/.test(text) ? text : '';
}

function pricingDraft(
  pricing: UsagePricing,
  typed: ComponentDraft,
): Pick<ComponentDraft, 'tiers' | 'unitPrice' | 'package' | 'bands'> {
  const { tiers } = pricing;
  const { unitPrice, package: packaged, bands } = typed;
  const before = { unitPrice, package: packaged, bands };
  if (tiers === 'flat') return { ...before, tiers, unitPrice: pricing.price };
  if (tiers === 'package') return { ...before, tiers, unitPrice: pricing.price, package: pricing.package };
  return {
    ...before,
    tiers,
    bands: pricing.bands.map(({ upTo, price, flat }) => ({
      upTo: upTo ?? '',
      price,
      flat: unlessZero(flat),
    })),
  };
}

const typedOr = (text: string, otherwise: string): string => (text.trim() === '' ? otherwise : text.trim());

/** The price as it is typed; call it only where `versionFaults` finds nothing. Empty amounts are 0. */
export function priceOf(
  draft: Pick<VersionDraft, 'currency' | 'vat' | 'proration' | 'cycleOnChange' | 'components'>,
): PeriodPrice {
  const { currency, vat, proration, cycleOnChange } = draft;
  return { currency, vat, proration, cycleOnChange, components: draft.components.map(componentOf) };
}

function componentOf(typed: ComponentDraft): PriceComponent {
  const { kind, every, timing, align, aggregate } = typed;
  const id = typed.id.trim();
  const price = typedOr(typed.price, '0');
  const included = typedOr(typed.included, '0');
  const meter = typed.meter.trim();
  const billed = { every, timing, align, price, trialDays: Number(typedOr(typed.trialDays, '0')) };
  switch (kind) {
    case 'set-up':
      return { kind, id, price };
    case 'recurring':
      return { kind, id, ...billed };
    case 'allocation':
      return { kind, id, ...billed, resource: typed.resource.trim(), included };
    case 'usage':
      return {
        kind,
        id,
        meter,
        aggregate,
        every,
        align,
        included,
        proratesIncluded: typed.proratesIncluded,
        pricing: pricingOf(typed),
        ...(typed.minimum.trim() !== '' && { minimum: typed.minimum.trim() }),
        ...(typed.cap.trim() !== '' && { cap: typed.cap.trim() }),
      };
    case 'pool':
      return {
        kind,
        id,
        ...billed,
        meter,
        aggregate,
        bought: typed.bought.trim(),
        overage: pricingOf(typed),
      };
  }
}

function pricingOf(typed: ComponentDraft): UsagePricing {
  const { tiers, bands } = typed;
  const price = typedOr(typed.unitPrice, '0');
  if (tiers === 'flat') return { tiers, price };
  if (tiers === 'package') return { tiers, price, package: typed.package.trim() };
  return {
    tiers,
    bands: bands.map((band, at) => ({
      upTo: at === bands.length - 1 ? null : band.upTo.trim(),
      price: typedOr(band.price, '0'),
      flat: typedOr(band.flat, '0'),
    })),
  };
}

/** Units that components allot as ordered, and meters that they count, in the order they stand. */
export function askedBy(price: PeriodPrice): { readonly resources: string[]; readonly meters: string[] } {
  const resources = price.components.flatMap((each) => (each.kind === 'allocation' ? [each.resource] : []));
  const meters = price.components.flatMap((each) => ('meter' in each ? [each.meter] : []));
  return { resources: [...new Set(resources)], meters: [...new Set(meters)] };
}
