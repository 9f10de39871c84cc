import type { AlertCondition } from '../../../shared/domains/alerts/alerts-contract.ts';
import type { Log } from '../../platform/log/log.ts';
import type { Sealer } from '../../platform/secrets/sealer.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { RecentCpu } from '../fleet/fleet-public.ts';
import type { Store } from '../../platform/store/store.ts';

export type CountedList = Extract<AlertCondition, { kind: 'query-count' }>['list'];

/** What the alerts are given from outside. */
export interface AlertsParts {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly log: Log;
  /** Average CPU over the last minutes. */
  readonly recentCpu: RecentCpu;
  /** Epoch milliseconds by the clock of the store, asked on this connection. */
  nowMs(db: AnyDatabase): Promise<number>;
  /** How many rows of a list match its query. Throws InputRejected for one that is not understood. */
  countOf(list: CountedList, query: string): Promise<number>;
  /** Name of this environment, for the subject of a mail. */
  environmentName(db: AnyDatabase): Promise<string>;
}
