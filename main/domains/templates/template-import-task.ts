import { createReadStream } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { inspectDiskImage } from '../../platform/disk-image/disk-image.ts';
import { downloadFile, removeDownload, sha256OfFile } from '../../platform/http/file-download.ts';
import type { StepContext, TaskDefinition } from '../../platform/tasks/task-definition.ts';
import { copyLeaveNothing, copyPut, copyRemove } from './template-copy.ts';
import { openedUrl, recordTemplate, type TemplateImportInput } from './template-record.ts';
import { changeTemplate, copiesOf, findTemplate, setCopy, type StoredTemplate } from './template-store.ts';
import type { NamedHost, TemplatesParts } from './templates-parts.ts';
import type { TemplatesTables } from './templates-tables.ts';

interface ImageFacts {
  readonly sha256: string;
  readonly fileBytes: number;
  readonly format: 'qcow2' | 'raw';
  readonly virtualSizeBytes: number;
  /** Hosts that hold a copy in the end. */
  readonly uploaded: number;
}

type Context = StepContext<TemplateImportInput>;

const IMAGE_MAX_BYTES = 1024 ** 4;
/** Uploads at the same time: one line seldom fills the engine's, and more would only share it. */
const UPLOADS = 3;

/** Reads an image, looks what it is, and uploads it to hosts. Only the hosts keep it: the engine's own copy is removed. */
export function templateImportTask(parts: TemplatesParts): TaskDefinition<TemplateImportInput, ImageFacts> {
  return {
    kind: 'template-import',
    title: ({ name }) => `Import the template ${name}`,
    subject: ({ templateId, name }) => ({ kind: 'template', id: templateId, name }),
    steps: [
      {
        name: 'record',
        title: () => 'Record the template',
        run: async ({ input }) => await recordTemplate(parts.store, input),
        undo: async ({ input }) => await changeTemplate(parts.store, input.templateId, { state: 'failed' }),
      },
      {
        name: 'read',
        title: ({ shown }) => `Read the image from ${shown}`,
        attempts: 5,
        run: async (context) => await readImage(parts, context),
        undo: async ({ input }) => await removeDownload(spoolFile(parts, input)),
      },
      {
        name: 'inspect',
        title: () => 'Look at the image',
        attempts: 5,
        run: async (context, state) => await inspectImage(parts, context, state),
      },
      {
        name: 'upload',
        title: ({ targets }) =>
          `Upload it to ${targets.length === 1 ? targets[0]?.host : `${targets.length} hosts`}`,
        attempts: 3,
        run: async (context) => await uploadImage(parts, context),
        undo: async (context) => await removeCopies(parts, context),
        undoStandsAlone: true,
      },
      {
        name: 'finish',
        title: () => 'Make it ready for use',
        run: async ({ input }) => {
          await changeTemplate(parts.store, input.templateId, { state: 'ready' });
          await removeDownload(spoolFile(parts, input));
        },
      },
    ],
    result: (state) => ({
      format: state.format ?? null,
      virtualSizeBytes: state.virtualSizeBytes ?? null,
      fileBytes: state.fileBytes ?? null,
      sha256: state.sha256 ?? null,
      hosts: state.uploaded ?? null,
    }),
  };
}

/** Where a download lies until the hosts have it. */
export function spoolFile(parts: Pick<TemplatesParts, 'spoolFolder'>, input: { templateId: string }): string {
  return join(parts.spoolFolder, `${input.templateId}.image`);
}

/** The image as a file of this machine; downloads it where it is not here (any more, or on this engine). */
async function localImage(parts: TemplatesParts, context: Context): Promise<string> {
  const { input, signal } = context;
  if (input.source.kind === 'file') return input.source.path;
  const path = spoolFile(parts, input);
  if (await isThere(path)) return path;
  await mkdir(parts.spoolFolder, { recursive: true, mode: 0o700 });
  await downloadFile({
    url: await openedUrl(parts.sealer, input),
    path,
    signal,
    maxBytes: parts.imageMaxBytes ?? IMAGE_MAX_BYTES,
    onProgress: (done, total) => context.progress(done, total, 'bytes'),
  });
  return path;
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

async function readImage(parts: TemplatesParts, context: Context): Promise<Partial<ImageFacts>> {
  const { input, signal } = context;
  const path = await localImage(parts, context);
  const { size } = await readable(input, path);
  const onProgress = (done: number): void => context.progress(done, size, 'bytes');
  const sha256 = await sha256OfFile(path, { signal, onProgress });
  if (input.sha256 !== undefined && input.sha256 !== sha256) {
    // A later try must not find it again.
    if (input.source.kind === 'url') await removeDownload(path);
    throw new OperatingFailure({
      code: 'wrong-checksum',
      sentence: `The image does not have the checksum it should have: SHA-256 ${sha256} instead of ${input.sha256}. It is damaged, not the right one, or the checksum belongs to another file.`,
    });
  }
  await changeTemplate(parts.store, input.templateId, { sha256, file_bytes: size });
  return { sha256, fileBytes: size };
}

async function readable(input: TemplateImportInput, path: string): Promise<{ size: number }> {
  try {
    return await stat(path);
  } catch (error) {
    throw new OperatingFailure({
      code: 'file-missing',
      sentence: `${input.shown} cannot be read on the computer this engine runs on: ${error instanceof Error ? error.message : 'unknown'}.`,
      cause: error,
    });
  }
}

async function inspectImage(
  parts: TemplatesParts,
  context: Context,
  state: Partial<ImageFacts>,
): Promise<Partial<ImageFacts>> {
  const { input } = context;
  const path = await localImage(parts, context);
  await readable(input, path);
  const image = await inspectDiskImage(path);
  if (image.kind === 'not-an-image') {
    throw new OperatingFailure({
      code: 'not-an-image',
      sentence: `${input.shown} is not a disk image (qcow2 or raw): ${image.reason}.`,
    });
  }
  if (image.kind === 'has-backing-file') {
    throw new OperatingFailure({
      code: 'has-backing-file',
      sentence: `${input.shown} depends on another image (${image.backing}): flatten it first with qemu-img convert.`,
    });
  }
  const { format, virtualSizeBytes } = image;
  await changeTemplate(parts.store, input.templateId, {
    format,
    virtual_size_bytes: virtualSizeBytes,
    file_bytes: state.fileBytes ?? image.fileBytes,
    // A VM needs at least the disk it is made from.
    min_disk_bytes: Math.max(input.minDiskBytes, virtualSizeBytes),
  });
  context.log('info', `${format}, a disk of ${virtualSizeBytes} bytes in a file of ${image.fileBytes} bytes`);
  return { format, virtualSizeBytes };
}

async function uploadImage(parts: TemplatesParts, context: Context): Promise<Partial<ImageFacts>> {
  const { input } = context;
  const path = await localImage(parts, context);
  const template = await findTemplate(parts.store.tables<TemplatesTables>(), input.templateId);
  if (template === undefined)
    throw new OperatingFailure({ code: 'template-gone', sentence: 'The template was removed.' });
  const done = new Map<string, number>();
  const failures: unknown[] = [];
  const waiting = [...input.targets];
  const uploadNext = async (): Promise<void> => {
    for (let host = waiting.shift(); host !== undefined; host = waiting.shift()) {
      const failure = await uploadTo(parts, context, { template, host, path, done });
      if (failure !== undefined) failures.push(failure);
    }
  };
  // All of them have ended before anything is undone.
  const ended = await Promise.allSettled(Array.from({ length: UPLOADS }, uploadNext));
  for (const each of ended) if (each.status === 'rejected') throw each.reason;
  const uploaded = input.targets.length - failures.length;
  if (failures.length > 0 && (input.isStrict || uploaded === 0)) throw failures[0];
  return { uploaded };
}

/** The failure, told in the log; thrown only where the task itself was broken off. */
async function uploadTo(
  parts: TemplatesParts,
  context: Context,
  to: { template: StoredTemplate; host: NamedHost; path: string; done: Map<string, number> },
): Promise<unknown> {
  const { template, host, path, done } = to;
  const { signal, input } = context;
  const total = template.file_bytes * input.targets.length;
  const onProgress = (bytes: number): void => {
    done.set(host.hostId, bytes);
    context.progress(
      [...done.values()].reduce((sum, each) => sum + each, 0),
      total,
      'bytes',
    );
  };
  const open = (): AsyncIterable<Uint8Array> => createReadStream(path, { highWaterMark: 1024 ** 2 });
  try {
    await copyPut(parts, { template, host, open }, { signal, onProgress });
    onProgress(template.file_bytes);
    context.log('info', `${host.host} holds a copy`);
    return undefined;
  } catch (error) {
    if (signal.aborted) throw error;
    context.log('warn', error instanceof Error ? error.message : String(error));
    await context.stillOurs();
    await copyLeaveNothing(parts, { templateId: template.id, host });
    return error;
  }
}

async function removeCopies(parts: TemplatesParts, context: Context): Promise<void> {
  const { input, signal } = context;
  const tables = parts.store.tables<TemplatesTables>();
  const failures: unknown[] = [];
  for (const copy of await copiesOf(tables, input.templateId)) {
    const target = input.targets.find((each) => each.hostId === copy.host_id);
    const host = target ?? { hostId: copy.host_id, host: copy.host_id };
    await context.stillOurs();
    try {
      await copyRemove(parts, { templateId: input.templateId, host, volume: copy.volume, signal });
    } catch (error) {
      signal.throwIfAborted();
      // Removed later, when the host is back, should this undo give up.
      await setCopy(
        parts.store,
        { templateId: input.templateId, hostId: host.hostId, volume: copy.volume },
        'leftover',
      );
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
