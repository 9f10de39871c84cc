import type { RawBuilder, SqlBool } from 'kysely';
import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { AnyTransaction, Store } from '../../platform/store/store.ts';
import type { TaskStarter } from '../../platform/tasks/task-definition.ts';
import type { ItemResult } from './bulk-action.ts';

/** What this domain is given from outside. */
export interface BulkParts {
  readonly store: Store;
  /** Runs `work` on a host over this engine's own connection. Throws why it cannot be reached, or what `work` throws. */
  readonly withHost: <T>(
    hostId: string,
    signal: AbortSignal,
    work: (api: LibvirtApi) => Promise<T>,
  ) => Promise<T>;
  /** Condition on the VM of a query of `vm`: it has a running subscription. */
  readonly vmIsBilled: (db: AnyDatabase, nowMs: number) => Promise<RawBuilder<SqlBool>>;
  /** As one of a pool alone. */
  readonly vmIsPooled: (db: AnyDatabase, nowMs: number) => Promise<RawBuilder<SqlBool>>;
  /** Locks customers until the transaction ends; gives those that there are. */
  readonly lockCustomers: (db: AnyDatabase, customerIds: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Records the task that deletes a VM, or says why it is not deleted; the same key: the same task. */
  readonly startVmDelete: (
    vmId: string,
    options: { startedBy: string; key: string; within: AnyTransaction },
  ) => Promise<{ taskId: string } | ItemResult>;
  /** Hosts nobody has collected for longer are called stale. */
  readonly staleAfterMs: number;
}

/** Beside the above, what commands need that start tasks. */
export interface BulkCommandParts extends BulkParts {
  readonly tasks: TaskStarter;
}
