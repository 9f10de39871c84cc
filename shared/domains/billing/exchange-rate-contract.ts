import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';

const rateSource = z.enum(['ECB', 'NBP']);

/** Rates by which VAT is stated in the currency of the state it is owed to. */
export const exchangeRateOperations = {
  exchangeRateImport: command({
    summary:
      'Read in exchange rates from a file of the ECB (CSV, XML) or NBP (JSON of table A); what is known already stays',
    input: z.object({ content: z.string().max(8_000_000) }),
    permission: 'billing.write',
    output: z.object({
      source: rateSource,
      firstDay: z.string(),
      lastDay: z.string(),
      rates: z.number().int(),
      /** Of them those that were not known. */
      added: z.number().int(),
    }),
    refusals: {
      'not-a-rate-file': 'Exchange rates cannot be read from that file: {reason}.',
      'rate-differs':
        '{source} {currency} of {day} is known as {known}, the file says {rate}: rates that were published never change, so one of them is wrong.',
    },
    effect: 'store',
  }),
  exchangeRateState: query({
    summary:
      'Which exchange rates are known: by source the days, and the last rates of the currencies we sell in',
    input: z.object({}),
    permission: 'billing.read',
    output: z.object({
      sources: z.array(
        z.object({
          source: rateSource,
          firstDay: z.string(),
          lastDay: z.string(),
          rates: z.array(z.object({ currency: z.string(), day: z.string(), rate: z.string() })),
        }),
      ),
    }),
  }),
};
