/**
 * How load over time is kept. A sweep writes one block per host and minute; steps of five minutes and of an hour are averaged from
 * finer ones as soon as they are over. Reading a month of one VM from blocks of its whole host would be slow, so what is older than a
 * chunk lies turned around: one block per VM and chunk.
 *
 * At 56,000 VMs on 350 hosts this is 350 rows a minute where a row per VM and minute would be 56,000.
 */
export interface SeriesTier {
  readonly stepMinutes: 1 | 5 | 60;
  /** Steps are kept so long, and an hour more than the longest range that is drawn from them. */
  readonly keepMinutes: number;
  /** Steps of one turned block; undefined: kept as they were written. */
  readonly chunkSteps: number | undefined;
}

const DAY = 24 * 60;

export const MINUTES: SeriesTier = { stepMinutes: 1, keepMinutes: DAY + 60, chunkSteps: undefined };
export const FIVE_MINUTES: SeriesTier = { stepMinutes: 5, keepMinutes: 30 * DAY + 60, chunkSteps: 288 };
export const HOURS: SeriesTier = { stepMinutes: 60, keepMinutes: 2 * 366 * DAY, chunkSteps: 720 };

/** Averaged from … to …, in this order. */
export const ROLL_UPS = [
  { from: MINUTES, to: FIVE_MINUTES },
  { from: FIVE_MINUTES, to: HOURS },
] as const;

/** Steps of one host's blocks that wait to be turned lie in the current chunk: a stay is found at least as long. */
export const STAY_KEPT_DAYS = 32;
