import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse, type Refused } from '../../../shared/contract/outcome.ts';
import type { templatesContract } from '../../../shared/domains/templates/templates-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { inspectDiskImage } from '../../platform/disk-image/disk-image.ts';
import { isDuplicate } from '../../platform/store/store-error.ts';
import { templateImportTask } from './template-import-task.ts';
import { insertTemplate, keptSource, shownSource, type TemplateImportInput } from './template-record.ts';
import { isNameTaken } from './template-store.ts';
import type { NamedHost, TemplatesParts } from './templates-parts.ts';
import type { TemplatesTables } from './templates-tables.ts';

type Handlers = DomainHandlers<typeof templatesContract, CallContext>;
type Asked = Parameters<Handlers['templateImport']>[0];

/** Imports an image: what can be refused at once is refused here, the rest is the task's. */
export function templateImport(parts: TemplatesParts): Handlers['templateImport'] {
  const definition = templateImportTask(parts);
  return async (asked, context) => {
    context.subject(`${asked.name} from ${shownSource(asked.source)}`);
    const tables = context.tables<TemplatesTables>();
    if (await isNameTaken(tables, asked.name)) return refuse('name-taken', { name: asked.name });
    const badFile = asked.source.kind === 'file' ? await fileRefusal(asked.source.path) : undefined;
    if (badFile) return badFile;
    const targets = await targetsOf(parts, asked, context);
    if (!Array.isArray(targets)) return targets;
    const input = await inputOf(parts, asked, targets);
    try {
      const { taskId } = await parts.store.transaction<TemplatesTables, { taskId: string }>(async (trx) => {
        await insertTemplate(parts.store, trx, input);
        return await parts.tasks.start(definition, input, { startedBy: context.actor.login, within: trx });
      });
      return done({ taskId, templateId: input.templateId });
    } catch (error) {
      if (isDuplicate(error, 'template', 'name_key')) return refuse('name-taken', { name: asked.name });
      throw error;
    }
  };
}

async function fileRefusal(
  path: string,
): Promise<Refused<'file-missing' | 'not-an-image' | 'has-backing-file'> | undefined> {
  try {
    const image = await inspectDiskImage(path);
    if (image.kind === 'not-an-image') return refuse('not-an-image', { path, reason: image.reason });
    if (image.kind === 'has-backing-file')
      return refuse('has-backing-file', { path, backing: image.backing });
    return undefined;
  } catch (error) {
    const reason = { ENOENT: 'there is no such file', EACCES: 'this engine may not read it' }[codeOf(error)];
    return refuse('file-missing', {
      path,
      reason: reason ?? (error instanceof Error ? error.message : 'unknown'),
    });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Hosts by id, or every connected one. */
async function targetsOf(
  parts: TemplatesParts,
  asked: Asked,
  context: CallContext,
): Promise<NamedHost[] | Refused<'no-host' | 'no-such-host'>> {
  if (asked.hostIds.length === 0) {
    const connected = await parts.hosts.uploadTargets();
    return connected.length === 0 ? refuse('no-host') : [...connected];
  }
  const names = await parts.hosts.names(context.tables(), asked.hostIds);
  const unknown = asked.hostIds.find((hostId) => !names.has(hostId));
  if (unknown !== undefined) return refuse('no-such-host', { hostId: unknown });
  return [...new Set(asked.hostIds)].map((hostId) => ({ hostId, host: names.get(hostId) ?? hostId }));
}

async function inputOf(
  { sealer }: TemplatesParts,
  asked: Asked,
  targets: NamedHost[],
): Promise<TemplateImportInput> {
  const { name, os, source, minDiskBytes, minMemoryBytes, minVcpus } = asked;
  const templateId = newId('tpl');
  return {
    templateId,
    name,
    os,
    ...(await keptSource(sealer, templateId, source)),
    minDiskBytes,
    minMemoryBytes,
    minVcpus,
    targets,
    ...(asked.sha256 === undefined ? {} : { sha256: asked.sha256 }),
    isStrict: asked.hostIds.length > 0,
    createdAtMs: Date.now(),
  };
}
