import { setTimeout as sleep } from 'node:timers/promises';
import { migrateFlags } from '../../platform/libvirt/flags.ts';
import type { MigrationShape } from '../../platform/libvirt/job-calls.ts';
import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import { LibvirtError } from '../../platform/libvirt/libvirt-errors.ts';
import type { DomainRef } from '../../platform/libvirt/xdr-objects.ts';

/** Two ends of a move. The connections are the move's own: what was begun on them ends with them. */
export interface MigrationEnds {
  readonly source: LibvirtApi;
  readonly target: LibvirtApi;
  /** The source by another connection, which answers while the first is busy sending. */
  readonly watch: LibvirtApi;
}

export interface MigrationJob {
  readonly dom: DomainRef;
  readonly shape: MigrationShape;
  /** `tcp://10.0.0.2`: where the source's QEMU reaches the target. */
  readonly dataUri: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: MigrationProgress) => void;
}

export interface MigrationProgress {
  readonly totalBytes: number;
  readonly doneBytes: number;
  readonly bytesPerSecond: number;
}

const LOOK_EVERY_MS = 500;

/**
 * Drives libvirt's migration protocol from here, so that neither host needs a key or an account on the other: only the QEMUs talk to each other.
 * Rejects with what the hosts said. What state that leaves is not told: look at both hosts afterwards, whatever the outcome.
 */
export async function runMigration(ends: MigrationEnds, job: MigrationJob): Promise<void> {
  const { dom, shape } = job;
  job.signal.throwIfAborted();
  const begun = await ends.source.jobs.begin(dom, shape);
  const prepared = await ends.target.jobs
    .prepare({ ...shape, dataUri: job.dataUri, targetXml: begun.xml, cookie: begun.cookie })
    .catch(async (error: unknown) => {
      // The source is told to forget about it.
      await quietly(ends.source.jobs.confirm(dom, { ...shape }, true));
      throw error;
    });
  const phase = { ...shape, dataUri: prepared.uri };
  const finishing = { ...phase, newName: dom.name };
  const sent = await perform(ends, job, { ...phase, cookie: prepared.cookie }).catch(
    async (error: unknown) => {
      await quietly(ends.target.jobs.finish({ ...finishing }, true));
      throw error;
    },
  );
  const finished = await ends.target.jobs
    .finish({ ...finishing, cookie: sent }, false)
    .catch(async (error: unknown) => {
      // Only a target that answers is known not to run it; one that fell silent may.
      if (error instanceof LibvirtError) await quietly(ends.source.jobs.confirm(dom, { ...phase }, true));
      throw error;
    });
  await ends.source.jobs.confirm(dom, { ...phase, cookie: finished.cookie }, false);
}

async function perform(
  ends: MigrationEnds,
  job: MigrationJob,
  phase: Parameters<LibvirtApi['jobs']['perform']>[1],
): Promise<Buffer> {
  const over = new AbortController();
  const cancel = (): void => void quietly(ends.watch.jobs.abort(job.dom));
  job.signal.addEventListener('abort', cancel, { once: true });
  const watching = watch(ends.watch, job, over.signal);
  try {
    if (job.signal.aborted) cancel();
    return await ends.source.jobs.perform(job.dom, phase);
  } finally {
    job.signal.removeEventListener('abort', cancel);
    over.abort();
    await watching;
  }
}

async function watch(api: LibvirtApi, job: MigrationJob, over: AbortSignal): Promise<void> {
  let before = { atMs: performance.now(), doneBytes: 0 };
  while (!over.aborted) {
    await sleep(LOOK_EVERY_MS, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted) return;
    // A look that fails says nothing about the move.
    const job_ = await api.jobs.stats(job.dom, 0, { signal: over }).catch(() => undefined);
    if (job_ === undefined) continue;
    const totalBytes = Number(job_.stats['data_total'] ?? 0);
    const doneBytes = Number(job_.stats['data_processed'] ?? 0);
    if (totalBytes === 0) continue;
    const atMs = performance.now();
    const bytesPerSecond = Math.max(0, ((doneBytes - before.doneBytes) * 1_000) / (atMs - before.atMs));
    before = { atMs, doneBytes };
    job.onProgress({ totalBytes, doneBytes, bytesPerSecond });
    // Cancelled while the source had not begun to send.
    if (job.signal.aborted) await quietly(api.jobs.abort(job.dom));
  }
}

/** How long the guest stood still, ms; null where the target does not tell. */
export async function downtimeOf(
  target: LibvirtApi,
  dom: DomainRef,
  signal: AbortSignal,
): Promise<number | null> {
  const COMPLETED = 1;
  const job = await target.jobs.stats(dom, COMPLETED, { signal }).catch(() => undefined);
  const ms = job?.stats['downtime'];
  return ms === undefined ? null : Number(ms);
}

export function migrationFlags(how: {
  copy: boolean;
  shared: boolean;
  persistent: boolean;
  encrypt: boolean;
}): number {
  return (
    migrateFlags.undefineSource |
    migrateFlags.changeProtection |
    migrateFlags.autoConverge |
    migrateFlags.abortOnError |
    (how.persistent ? migrateFlags.persistDest : 0) |
    (how.copy ? migrateFlags.nonSharedDisk : 0) |
    (how.encrypt ? migrateFlags.tls : 0) |
    // That both hosts see the same file was tried out before: libvirt knows only some kinds of file systems to be shared.
    (how.shared ? migrateFlags.unsafe : 0)
  );
}

async function quietly(work: Promise<unknown>): Promise<void> {
  await work.catch(() => undefined);
}
