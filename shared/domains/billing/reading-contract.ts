import { z } from 'zod';
import { query } from '../../contract/operation.ts';
import { POOL_AGGREGATES } from './price-component.ts';

/** Charges whose readings are asked for at once. */
export const READINGS_OF_CHARGES_MAX = 100;

const readingDay = z.object({
  day: z.string(),
  quantity: z.string(),
  /** What of it is beyond what was included: of a sum, once that is used up. */
  beyond: z.string(),
  /** The day whose close reckoned with it first, where that is a later one. */
  heardOn: z.string().nullable(),
});
export type ReadingDay = z.infer<typeof readingDay>;

const chargeReadings = z.object({
  chargeId: z.string(),
  meter: z.string(),
  measuredBy: z.enum(POOL_AGGREGATES),
  /** Days charged for, until before `endExclusive`. */
  start: z.string(),
  endExclusive: z.string(),
  /** What they come to as they are measured, and what of it was billed. */
  quantity: z.string(),
  billable: z.string(),
  /** Of the period; of a pool by the day what was used within what was bought. */
  included: z.string(),
  /** What each day's reading is compared with; null of a sum, which is compared as a whole, and where it is not the same on all days. */
  includedPerDay: z.string().nullable(),
  /** Those on which anything was read, in order. */
  days: z.array(readingDay),
});
export type ChargeReadings = z.infer<typeof chargeReadings>;

/** What charges were made of. */
export const readingOperations = {
  chargeReadings: query({
    summary: 'The readings that charges of usage were made of, day by day, beside what was included',
    input: z.object({
      subscriptionId: z.string(),
      chargeIds: z.array(z.string()).min(1).max(READINGS_OF_CHARGES_MAX),
    }),
    permission: 'billing.read',
    output: z.object({ rows: z.array(chargeReadings) }),
    refusals: { 'no-such-subscription': 'There is no subscription {subscriptionId}.' },
  }),
};
