import type { LibvirtSession } from '../../platform/libvirt/libvirt-session.ts';
import type { Sealer } from '../../platform/secrets/sealer.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { Store } from '../../platform/store/store.ts';
import type { TaskStarter } from '../../platform/tasks/task-definition.ts';
import type { TasksLog } from '../../platform/tasks/tasks-log.ts';

/** What is used of a connected host. */
export type HostStorage = Pick<LibvirtSession, 'storage' | 'openStreamConnection'>;

export interface NamedHost {
  readonly hostId: string;
  readonly host: string;
}

/** What templates ask of the fleet. */
export interface TemplateHosts {
  /** Connected hosts whose storage pool `default` is active. */
  uploadTargets(): Promise<readonly NamedHost[]>;
  /** Names of those of these hosts that exist. */
  names(db: AnyDatabase, hostIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** How many VMs were made from each of these templates; those without any may be left out. */
  vmCounts(db: AnyDatabase, templateIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Runs `work` on a connected host. Throws why it is not connected, or what `work` throws. */
  withHost<T>(hostId: string, signal: AbortSignal, work: (host: HostStorage) => Promise<T>): Promise<T>;
}

/** What the templates domain is given from outside. */
export interface TemplatesParts {
  readonly store: Store;
  /** Opens what any engine of the store sealed. */
  readonly sealer: Sealer;
  readonly tasks: TaskStarter;
  readonly hosts: TemplateHosts;
  readonly log: TasksLog;
  /** Folder of this engine for images that are being imported. */
  readonly spoolFolder: string;
  /** Largest image that is imported; default 1 TiB. */
  readonly imageMaxBytes?: number;
}
