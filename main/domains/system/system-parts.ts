import type { OutputOf } from '../../../shared/contract/operation.ts';
import type {
  OverviewException,
  SearchHit,
  systemContract,
} from '../../../shared/domains/system/system-contract.ts';
import type { Actor } from '../../platform/calls/call-context.ts';
import type { Store } from '../../platform/store/store.ts';

export type Overview = OutputOf<typeof systemContract.overview>;
type About = OutputOf<typeof systemContract.about>;

/** What the system domain is given: facts of this engine, and from each domain what it adds to search and overview. */
export interface SystemParts {
  readonly store: Store;
  readonly facts: Pick<
    About,
    'version' | 'engineId' | 'hostKind' | 'startedAt' | 'logFolder' | 'settingsFile' | 'secrets'
  > & {
    /** Id of the newest schema step. */
    readonly schema: string;
  };
  /** File of the embedded store; undefined on PostgreSQL. */
  readonly storeFile: string | undefined;
  /** Each finds rows of its domain by the words a person typed, best first. */
  readonly searches: readonly ((text: string, limit: number) => Promise<readonly SearchHit[]>)[];
  readonly overview: {
    readonly fleet: () => Promise<Pick<Overview, 'hosts' | 'vms' | 'hostsUnheard'>>;
    readonly money: () => Promise<Overview['money']>;
    /** Each answers with what stands out, or an empty count where all is well. */
    readonly exceptions: readonly (() => Promise<readonly OverviewException[]>)[];
  };
  /** Starts the practice fleet beside the engine and adds its hosts; undefined where it is not installed. */
  readonly openPractice:
    | ((size: { hosts: number; vms: number }, actor: Actor) => Promise<{ hosts: number }>)
    | undefined;
}
