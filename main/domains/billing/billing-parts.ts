import type { VmUsage } from '../../../shared/domains/billing/meter-rules.ts';
import type { LocalDate } from '../../../shared/kernel/local-date.ts';
import type { PaperKind } from '../../../shared/domains/documents/paper-kinds.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { InsertMany } from '../../platform/store/insert-many.ts';
import type { UpdateMany } from '../../platform/store/update-many.ts';
import type { StoreKind } from '../../platform/store/store.ts';
import type { PdfPress } from '../../platform/pdf/pdf-press.ts';

/** What a VM used in the hour that begins at `hourAtMs`, as its host counted it. */
export interface UsageHour {
  readonly vmId: string;
  readonly hourAtMs: number;
  readonly runningMs: number;
  /** Milliseconds powered times vCPUs. */
  readonly vcpuMs: number;
  /** Milliseconds powered times MiB of memory. */
  readonly mibMs: number;
  /** Milliseconds times MiB of its disks, on or off. */
  readonly diskMibMs: number;
  /** By its network interfaces. */
  readonly sentBytes: number;
  /** The most addresses it had at once. */
  readonly addresses: number;
}

/** The same of several hours together. */
export interface UsageSum extends VmUsage {
  readonly vmId: string;
}

/** A VM whose usage is not counted as far as was asked. */
export interface UsageGap {
  readonly vmId: string;
  /** What it used before is counted. */
  readonly countedToMs: number;
  /** Its host is not heard, and nobody knows for how long; else it is about to be counted. */
  readonly isAway: boolean;
  /** Who is missing, in words ("hv2 was last heard at 14:02"). */
  readonly reason: string;
}

/** Usage, from where it is collected. */
export interface BillingUsage {
  /** Hours with usage that begin in `[startMs, endMs)`. */
  usageOf(
    db: AnyDatabase,
    vmIds: readonly string[],
    range: { readonly startMs: number; readonly endMs: number },
  ): Promise<readonly UsageHour[]>;
  /** The same hours of each VM together; VMs without usage are left out. Some hundreds of VMs at once. */
  usageSums(
    db: AnyDatabase,
    vmIds: readonly string[],
    range: { readonly startMs: number; readonly endMs: number },
  ): Promise<readonly UsageSum[]>;
  /** Of these VMs, those of which something before `endMs` may still be counted. */
  usageGaps(db: AnyDatabase, vmIds: readonly string[], endMs: number): Promise<readonly UsageGap[]>;
}

/** What a VM has now. */
export interface VmSize {
  readonly vcpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

export interface BilledVmFacts {
  readonly name: string;
  /** Whose it is; null: nobody's. */
  readonly customerId: string | null;
  readonly isBeingDeleted: boolean;
}

export interface BillingVms {
  /**
   * A VM that is there, and stays so, with whose it is, until the caller's transaction ends; undefined for one that is unknown
   * or gone.
   */
  vmFactsLocked(db: AnyDatabase, vmId: string): Promise<BilledVmFacts | undefined>;
  /** The same, which may change as soon as it is read. */
  vmFacts(db: AnyDatabase, vmId: string): Promise<BilledVmFacts | undefined>;
  /** Makes a VM the customer's, under the lock taken by `vmFactsLocked`. */
  giveVm(db: AnyDatabase, vmId: string, customerId: string): Promise<void>;
  /** Names by id, also of VMs that are gone; unknown ids are left out. */
  vmNames(db: AnyDatabase, vmIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Those that are there. */
  vmSizes(db: AnyDatabase, vmIds: readonly string[]): Promise<ReadonlyMap<string, VmSize>>;
}

/** An invoice that a credit note just took from. */
export interface CreditedInvoice {
  readonly invoiceId: string;
  readonly creditNoteId: string;
  /** Of the credit note. */
  readonly number: string;
  readonly issuedOn: LocalDate;
  readonly nowMs: number;
}

/** Payments, from where they are kept. */
export interface BillingPayments {
  /**
   * Frees what stands of payments on these invoices beyond what is left of each, in the caller's transaction, which holds the invoices; each
   * invoice once. Answers the payments it is of.
   */
  freeExcess(
    db: AnyDatabase,
    credits: readonly CreditedInvoice[],
    insertMany: InsertMany,
  ): Promise<readonly string[]>;
}

/** Numbers of one type, company and year. */
export interface NumberSeries {
  /** 0: none was given. */
  readonly lastSeq: number;
  /** Empty where none was given. */
  readonly lastNumber: string;
  /** Of all its numbers; null before the first. */
  readonly format: string | null;
}

/** What the billing domain is given from outside. */
export interface BillingParts {
  /** Epoch milliseconds by the clock of the store, asked on this connection: a workstation's own clock closes no day and dates no document. */
  nowMs(db: AnyDatabase): Promise<number>;
  readonly kind: StoreKind;
  readonly insertMany: InsertMany;
  readonly updateMany: UpdateMany;
  readonly usage: BillingUsage;
  readonly vms: BillingVms;
  readonly payments: BillingPayments;
  /** Series of a company's papers of a year, by kind; those that have not begun may be left out. */
  paperSeries(
    db: AnyDatabase,
    of: { readonly companyId: string; readonly year: number },
  ): Promise<ReadonlyMap<PaperKind, NumberSeries>>;
  /** Of other domains: what their entries in the ledger are off by, in sentences. */
  readonly alsoVerified?: readonly ((db: AnyDatabase) => Promise<readonly string[]>)[];
  readonly press: PdfPress;
  /** Folder with the words of document layouts: `resources/layouts`. */
  readonly layoutFolder: string;
}
