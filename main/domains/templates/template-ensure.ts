import { createReadStream } from 'node:fs';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { withCopyLease } from './copy-lease.ts';
import { hostStorageFailure } from './host-storage-failure.ts';
import { copyLeaveNothing, copyPut, copyRead, TEMPLATE_POOL } from './template-copy.ts';
import { copiesOf, findTemplate, volumeNameOf, type StoredTemplate } from './template-store.ts';
import type { NamedHost, TemplatesParts } from './templates-parts.ts';
import type { TemplatesTables } from './templates-tables.ts';

export interface EnsureWork {
  readonly signal: AbortSignal;
  readonly progress?: (doneBytes: number, totalBytes: number) => void;
}

type Open = () => AsyncIterable<Uint8Array>;

/**
 * Sees to it that a host holds a whole copy of a ready template: nothing to do where its size is right on the host, else it is copied
 * through this engine from another host, or from the file it was imported from. Asked for twice at once, in whichever engines, it is
 * done once. Throws OperatingFailure.
 */
export async function templateEnsureOnHost(
  parts: TemplatesParts,
  to: { templateId: string; hostId: string },
  work: EnsureWork,
): Promise<{ pool: string; volumeName: string }> {
  const tables = parts.store.tables<TemplatesTables>();
  const template = await findTemplate(tables, to.templateId);
  if (template === undefined || template.state !== 'ready' || template.deleting === 1)
    throw notReady(template);
  const names = await parts.hosts.names(tables, [to.hostId]);
  const host = { hostId: to.hostId, host: names.get(to.hostId) ?? to.hostId };
  await withCopyLease(parts.store, { ...to, signal: work.signal }, async (signal) => {
    try {
      await copyFromAnywhere(parts, { template, host }, { ...work, signal });
    } catch (error) {
      // Not when the turn was lost: another engine is at it now.
      if (!signal.aborted || work.signal.aborted)
        await copyLeaveNothing(parts, { templateId: template.id, host });
      throw error;
    }
  });
  return { pool: TEMPLATE_POOL, volumeName: volumeNameOf(template) };
}

/** The first source that works; what was wrong with the one before goes to the log. */
async function copyFromAnywhere(
  parts: TemplatesParts,
  to: { template: StoredTemplate; host: NamedHost },
  work: EnsureWork,
): Promise<void> {
  const { template, host } = to;
  const { signal, progress } = work;
  const total = template.file_bytes;
  const onProgress = (done: number): void => progress?.(done, total);
  let failure: unknown;
  for (const open of await sourcesOf(parts, to, signal)) {
    try {
      await copyPut(parts, { template, host, open }, { signal, onProgress });
      return;
    } catch (error) {
      signal.throwIfAborted();
      // Of the target itself: another source would not help.
      if (
        error instanceof OperatingFailure &&
        !(error instanceof SourceFailure) &&
        error.code !== 'source-changed'
      ) {
        throw error;
      }
      parts.log.warn('A copy of a template could not be read.', {
        template: template.id,
        error: String(error),
      });
      failure = error;
    }
  }
  throw noCopy(template, failure);
}

async function sourcesOf(
  parts: TemplatesParts,
  to: { template: StoredTemplate; host: NamedHost },
  signal: AbortSignal,
): Promise<Open[]> {
  const tables = parts.store.tables<TemplatesTables>();
  const copies = (await copiesOf(tables, to.template.id)).filter((copy) => copy.state === 'ready');
  const others = copies.filter((copy) => copy.host_id !== to.host.hostId);
  const names = await parts.hosts.names(
    tables,
    others.map((copy) => copy.host_id),
  );
  const connected = new Set((await parts.hosts.uploadTargets()).map((target) => target.hostId));
  const byNearness = others.toSorted(
    (a, b) => Number(connected.has(b.host_id)) - Number(connected.has(a.host_id)),
  );
  const fromHosts = byNearness.map(
    (copy): Open =>
      () =>
        fromHost(parts, {
          hostId: copy.host_id,
          host: names.get(copy.host_id) ?? '',
          volume: copy.volume,
          signal,
        }),
  );
  const { source_again: again } = to.template;
  const isFile = again !== null && !/^https?:/.test(again);
  // Last: the file may have changed since; its bytes are checked like those of any other source.
  return isFile ? [...fromHosts, () => fromFile(again, signal)] : fromHosts;
}

/** Reading fails for reasons of the source, which say nothing about the host the copy is for. */
class SourceFailure extends OperatingFailure {
  override readonly name = 'SourceFailure';
}

async function* fromHost(
  parts: TemplatesParts,
  at: { hostId: string; host: string; volume: string; signal: AbortSignal },
): AsyncGenerator<Uint8Array> {
  const { promise: opened, resolve, reject } = Promise.withResolvers<AsyncGenerator<Uint8Array>>();
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  // The host is held for as long as its bytes are read.
  const held = parts.hosts.withHost(at.hostId, at.signal, async (storage) => {
    resolve(copyRead(storage, at));
    await finished;
  });
  held.catch(reject);
  try {
    yield* await opened;
  } catch (error) {
    at.signal.throwIfAborted();
    throw sourceFailure(hostStorageFailure(error, at.host));
  } finally {
    finish();
    await held.catch(() => undefined);
  }
}

async function* fromFile(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 1024 ** 2, signal }))
      yield piece as Uint8Array;
  } catch (error) {
    signal.throwIfAborted();
    throw sourceFailure(error);
  }
}

function noCopy(template: StoredTemplate, cause: unknown): OperatingFailure {
  return new OperatingFailure({
    code: 'no-copy',
    sentence: `The image of ${template.name} can be had nowhere now: bring a host back that holds a copy, or import it again from ${template.source}.`,
    mayRetry: true,
    cause,
  });
}

function sourceFailure(error: unknown): SourceFailure {
  const { message } = error instanceof Error ? error : { message: String(error) };
  const mayRetry = error instanceof OperatingFailure && error.mayRetry;
  return new SourceFailure({ code: 'copy-unreadable', sentence: message, mayRetry, cause: error });
}

function notReady(template: StoredTemplate | undefined): OperatingFailure {
  const what =
    template === undefined
      ? 'The template does not exist any more'
      : `The template ${template.name} is not ready`;
  return new OperatingFailure({ code: 'template-not-ready', sentence: `${what}: choose another one.` });
}
