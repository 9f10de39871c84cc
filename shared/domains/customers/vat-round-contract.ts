import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';

/** Most VAT ids that are asked about in one round: at one a second an hour and a half. */
export const VAT_ROUND_MAX = 5_000;

/** Days after which an answer of VIES is asked for again, unless it is said. */
export const VAT_ANSWER_DAYS = 30;

const scope = z.object({
  /** As the list of customers is asked; those that are archived are left out. */
  query: z.string().max(2000).default(''),
  /** Who was answered in the last so many days is left out. */
  olderThanDays: z.number().int().min(0).max(3660).default(VAT_ANSWER_DAYS),
});

/** Asking VIES about many. */
export const vatRoundOperations = {
  vatRoundPreview: query({
    summary: 'About how many customers of a query VIES would be asked again, and why not about the others',
    input: scope,
    permission: 'customers.read',
    output: z.object({
      /** VAT ids: customers who share one are asked about once. */
      toAsk: z.number().int(),
      neverAnswered: z.number().int(),
      answeredLately: z.number().int(),
      withoutVatId: z.number().int(),
      outsideEu: z.number().int(),
    }),
  }),
  vatRoundStart: command({
    summary:
      'Ask VIES about all customers of a query whose answer is old or missing (durable task, one at a time): every answer is kept as evidence',
    input: scope.extend({
      /** As the preview said it. */
      confirmCount: z.number().int(),
    }),
    permission: 'customers.write',
    output: z.object({ roundId: z.string(), taskId: z.string() }),
    refusals: {
      'nothing-to-ask':
        'There is nobody to ask about: all of them were answered in the last {days} days, or VIES does not know them.',
      'count-changed': 'VIES would be asked about {count} VAT ids by now: look at them again, then start.',
      'too-many': '{count} VAT ids are more than the {most} of one round: ask about fewer.',
      'round-running': 'VIES is being asked about {left} VAT ids already: wait for that to end.',
    },
    effect: 'store',
  }),
};
