import type { ResultOf } from '../../client/operation-types.ts';
import { useQuery } from '../../client/use-query.ts';
import type { QueryAnswer } from '../../client/use-query.ts';

/** Nouns whose changes may change the overview. */
const TOPICS: readonly string[] = [
  'vm',
  'host',
  'task',
  'alert',
  'invoice',
  'billing-day',
  'charge',
  'subscription',
  'run',
];
/** VMs change all the time; the sums of all of them need not be made for each. */
const AT_MOST_EVERY_MS = 2000;

/** The overview, shared by its page, the rail's figures and the top bar. */
export function useOverview(): QueryAnswer<ResultOf<'system.overview'>> {
  return useQuery('system.overview', {}, { topics: TOPICS, atMostEveryMs: AT_MOST_EVERY_MS });
}
