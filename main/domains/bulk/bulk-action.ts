import type { Expression, SqlBool, Transaction } from 'kysely';
import type { Permission } from '../../../shared/contract/permission.ts';
import type { BulkWhat } from '../../../shared/domains/bulk/bulk-contract.ts';
import type { StoredBulkActionName } from '../../../shared/domains/bulk/bulk-rules.ts';
import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import type { CustomersPublicTables } from '../customers/customers-public.ts';
import type { FleetPublicTables, VmOnHostNow } from '../fleet/fleet-public.ts';
import type { BulkParts } from './bulk-parts.ts';
import type { BulkTables } from './bulk-tables.ts';

/** Takes back what another bulk action did. */
export interface Restore {
  readonly action: 'restore';
  readonly of: string;
  readonly what: BulkWhat;
}
export type StoredWhat = BulkWhat | Restore;
export type WhatOf<Name extends StoredBulkActionName> = Extract<StoredWhat, { action: Name }>;

export type BulkDb = BulkTables & FleetPublicTables & CustomersPublicTables;
export type BulkTrx = Transaction<BulkDb>;

/** Why some of the chosen VMs are not acted on; the first that applies counts. Conditions are about `vm`, `host`, `customer`. */
export interface Verdict {
  readonly kind: 'skipped' | 'refused';
  readonly code: string;
  /** A sentence. */
  readonly why: string;
  readonly wayOut: string;
  readonly when: Expression<SqlBool>;
}

export interface VerdictContext {
  readonly db: BulkTrx;
  readonly parts: BulkParts;
  readonly nowMs: number;
}

/** What became of one item. */
export type ItemResult =
  | { readonly state: 'done'; readonly before?: string | null }
  | { readonly state: 'skipped' | 'refused' | 'failed'; readonly code: string; readonly reason: string };

/** An item of store-only work with its VM's row, locked. */
export interface StoreItem {
  readonly seq: number;
  readonly vmId: string;
  readonly before: string | null;
  readonly vm: {
    readonly id: string;
    readonly uuid: string;
    readonly host_id: string;
    readonly tags: string;
    readonly customer_id: string | null;
  };
}

/** Writes a page of items in a few statements, in the transaction that writes their results; gives those by `seq`. */
export type StoreApply = (page: {
  readonly trx: BulkTrx;
  readonly parts: BulkParts;
  readonly what: StoredWhat;
  readonly items: readonly StoreItem[];
}) => Promise<ReadonlyMap<number, ItemResult>>;

/** Work in the store alone. */
export interface StoreWork {
  readonly kind: 'store';
  readonly apply: StoreApply;
  /** Locks what others lock before VMs (customers); `befores` of the page's items. */
  readonly lockFirst?: (page: {
    readonly trx: BulkTrx;
    readonly parts: BulkParts;
    readonly what: StoredWhat;
    readonly befores: readonly (string | null)[];
  }) => Promise<void>;
}

/** An item of work on a host, taken up. */
export interface HostItem {
  readonly seq: number;
  readonly vmId: string;
  readonly uuid: string;
  readonly name: string;
  readonly hostId: string;
  readonly hostName: string;
  /** What an earlier, broken-off try had noted. */
  readonly before: string | null;
  /** An engine that died, or a try that broke off, may have done it already. */
  readonly begunBefore: boolean;
}

export interface HostWork {
  readonly api: LibvirtApi;
  readonly what: StoredWhat;
  /** Aborts when calls must end. */
  readonly signal: AbortSignal;
  /** Aborts earlier: when nothing is to be waited for any more. */
  readonly waiting: AbortSignal;
  /** Throws when another engine has taken the work over; asked before what cannot be taken back. */
  readonly stillOurs: () => Promise<void>;
  /** Notes how far an item is, for whoever goes on after this engine. */
  readonly note: (item: HostItem, before: string) => Promise<void>;
  /** The VM on this host now; undefined for one the host does not know. Whoever asks at the same time shares one call. */
  readonly look: (item: HostItem) => Promise<VmOnHostNow | undefined>;
}

/** Does it to one VM of a host. */
export type HostAct = (work: HostWork, item: HostItem) => Promise<ItemResult>;

/**
 * One action on many, declared in a file of its own in `actions/` and named in bulk-registry.ts; its words are in
 * shared/domains/bulk/bulk-rules.ts, what it needs to know in the contract's `bulkWhat`.
 */
export interface BulkActionDefinition {
  readonly action: StoredBulkActionName;
  /** As for a single VM. */
  readonly permission: Permission;
  readonly verdicts: (what: StoredWhat, context: VerdictContext) => Promise<readonly Verdict[]>;
  readonly work:
    | StoreWork
    | { readonly kind: 'host'; readonly act: HostAct }
    /** One durable task per VM; the item ends as its task does. */
    | { readonly kind: 'task' };
  /** The action that takes it back; absent where nothing real does. */
  readonly undo?: (what: StoredWhat, bulkId: string) => StoredWhat;
}
