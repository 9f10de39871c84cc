import { z } from 'zod';
import { align, bandList, everySchema, notNegative } from './story-words.ts';

/** Names that the bands of a component go by. */
const BANDS = ['bands', 'steps', 'ranges', 'levels'] as const;

const TIERS = ['flat', 'package', 'graduated', 'volume'] as const;

const priceOrBands = z.unknown().transform((said, context) => {
  const parsed = Array.isArray(said) ? bandList.safeParse(said) : notNegative.safeParse(said);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) context.addIssue({ code: 'custom', path, message });
  return z.NEVER;
});

/** Metered usage as stories tell it; what is made of it is a component of a plan. */
export const usageComponent = z
  .strictObject({
    kind: z.literal('usage'),
    id: z.string().optional(),
    meter: z.string(),
    every: everySchema.default('month'),
    timing: z.literal('in-arrears', 'usage is charged in-arrears').optional(),
    align,
    aggregate: z.enum(['sum', 'peak']).default('sum'),
    tiers: z.enum(TIERS).optional(),
    package: notNegative.optional(),
    price: priceOrBands.optional(),
    bands: bandList.optional(),
    steps: bandList.optional(),
    ranges: bandList.optional(),
    levels: bandList.optional(),
    included: notNegative.default('0'),
    proratesIncluded: z.boolean().default(false),
    minimum: notNegative.optional(),
    cap: notNegative.optional(),
    forEachUnit: z.boolean().optional(),
    chargedInTrial: z.boolean().optional(),
  })
  .transform((said, context) => {
    const {
      package: size,
      price,
      bands,
      steps,
      ranges,
      levels,
      tiers: told,
      timing: _always,
      ...rest
    } = said;
    const list = bands ?? steps ?? ranges ?? levels ?? (Array.isArray(price) ? price : undefined);
    const unit = Array.isArray(price) ? undefined : price;
    const tiers = told ?? (list !== undefined ? 'graduated' : size !== undefined ? 'package' : 'flat');
    const unfit = (path: string, message: string): never => {
      context.addIssue({ code: 'custom', path: [path], message });
      return z.NEVER;
    };
    if (size !== undefined && tiers !== 'package')
      return unfit('package', `goes with tiers package, not ${tiers}`);
    if (tiers === 'graduated' || tiers === 'volume') {
      const one = unit === undefined ? undefined : [{ upTo: null, price: unit, flat: '0' }];
      const all = list ?? one;
      if (all === undefined)
        return unfit(BANDS[0], `tiers ${tiers} want bands, each [up to, price, flat amount]`);
      return { ...rest, pricing: { tiers, bands: all } };
    }
    if (list !== undefined) return unfit('tiers', `bands go with graduated or volume, not ${tiers}`);
    if (unit === undefined) return unfit('price', 'is missing');
    if (tiers === 'flat') return { ...rest, pricing: { tiers, price: unit } };
    if (size === undefined) return unfit('package', 'is missing: how many units a package has');
    return { ...rest, pricing: { tiers, package: size, price: unit } };
  });
