import type { Kysely } from 'kysely';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeDownload } from '../../platform/http/file-download.ts';
import { activeTasksAbout } from '../tasks/tasks-public.ts';
import { ifCopyLease } from './copy-lease.ts';
import { copyRemove } from './template-copy.ts';
import { findCopy, setCopy, type StoredCopy } from './template-store.ts';
import type { TemplatesParts } from './templates-parts.ts';
import type { TemplatesTables } from './templates-tables.ts';

/**
 * Removes what imports and deletions had to leave behind: copies on hosts that could not be reached, and downloads of this engine whose
 * import has ended elsewhere. Called at the start and every few minutes; what fails now is tried again then.
 */
export async function templatesTidy(
  parts: TemplatesParts,
  signal: AbortSignal,
): Promise<{ removed: number }> {
  await tidySpool(parts);
  return { removed: await tidyCopies(parts, signal) };
}

async function tidyCopies(parts: TemplatesParts, signal: AbortSignal): Promise<number> {
  const tables = parts.store.tables<TemplatesTables>();
  const halves = await halfCopies(tables);
  const names = await parts.hosts.names(
    tables,
    halves.map((copy) => copy.host_id),
  );
  const connected = new Set((await parts.hosts.uploadTargets()).map((host) => host.hostId));
  let removed = 0;
  for (const { template_id: templateId, host_id: hostId, volume } of halves) {
    const host = names.get(hostId);
    if (host === undefined) await setCopy(parts.store, { templateId, hostId, volume }, null);
    if (host === undefined || !connected.has(hostId)) continue;
    try {
      await ifCopyLease(parts.store, { templateId, hostId, signal }, async (held) => {
        // Made whole since the look.
        if ((await findCopy(tables, templateId, hostId))?.state === 'ready') return;
        await copyRemove(parts, { templateId, host: { hostId, host }, volume, signal: held });
        removed += 1;
      });
    } catch (error) {
      signal.throwIfAborted();
      parts.log.warn('A copy left behind could not be removed yet.', { host, volume, error: String(error) });
    }
  }
  return removed;
}

/** Left over, or begun by an engine that died. Imports take care of their own as long as they run. */
async function halfCopies(tables: Kysely<TemplatesTables>): Promise<StoredCopy[]> {
  const importing = tables.selectFrom('template').select('id').where('state', '=', 'importing');
  return await tables
    .selectFrom('template_copy')
    .selectAll()
    .where((copy) =>
      copy.or([
        copy('state', '=', 'leftover'),
        copy.and([copy('state', '=', 'copying'), copy('template_id', 'not in', importing)]),
      ]),
    )
    .execute();
}

async function tidySpool(parts: TemplatesParts): Promise<void> {
  const files = await readdir(parts.spoolFolder).catch(() => []);
  const templateIds = new Set(files.flatMap((file) => /^(tpl_[0-9a-z]+)\.image/.exec(file)?.[1] ?? []));
  for (const templateId of templateIds) {
    const using = await activeTasksAbout(parts.store.tables(), templateId);
    if (using.length === 0) await removeDownload(join(parts.spoolFolder, `${templateId}.image`));
  }
}
