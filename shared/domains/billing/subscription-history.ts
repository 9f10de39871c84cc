import { z } from 'zod';
import { localDateSchema } from '../../kernel/local-date.ts';
import { discountSchema, exactText, pricedPlan } from './price-component.ts';
import { effectiveOn, knownOn } from './segment-rules.ts';

const dated = {
  /** The day it takes effect. */
  on: localDateSchema,
  /** The day it was decided, where that is another. */
  known: localDateSchema.optional(),
};
const allocations = z.record(z.string().min(1).max(40), exactText).optional();
const anchorDay = z.number().int().min(1).max(31);

const historyEvent = z.discriminatedUnion('do', [
  z.object({
    ...dated,
    do: z.literal('start'),
    plan: pricedPlan,
    quantity: exactText.optional(),
    allocations,
    anchorDay: anchorDay.nullish(),
  }),
  z.object({
    ...dated,
    do: z.literal('change'),
    plan: pricedPlan.optional(),
    quantity: exactText.optional(),
    allocations,
  }),
  z.object({ ...dated, do: z.enum(['pause', 'resume', 'cancel']) }),
  z.object({ ...dated, do: z.literal('anchor'), day: anchorDay }),
  z.object({ ...dated, do: z.literal('discount'), discount: discountSchema }),
]);

/** A subscription's history as rating takes it, in the order in which the changes were made. */
export const subscriptionHistory = z
  .array(historyEvent)
  .min(1)
  .superRefine((events, context) => {
    const fault = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    const [first] = events;
    if (first?.do !== 'start') {
      fault([0, 'do'], 'a history begins with a start');
      return;
    }
    const begun = effectiveOn(first);
    let decided = knownOn(first);
    for (const [index, event] of events.entries()) {
      if (index === 0) continue;
      if (event.do === 'start') fault([index, 'do'], 'a subscription starts once');
      if (effectiveOn(event) < begun) fault([index, 'on'], `before the subscription begins on ${first.on}`);
      if (knownOn(event) < decided)
        fault([index, 'known'], 'decided before the change that stands before it');
      decided = Math.max(decided, knownOn(event));
      if (event.do === 'change' && event.plan !== undefined && event.plan.currency !== first.plan.currency)
        fault([index, 'plan', 'currency'], `a subscription is in one currency: ${first.plan.currency}`);
    }
  });
