import { sql, type Kysely } from 'kysely';
import type { SearchHit } from '../../../shared/domains/system/system-contract.ts';
import { contains } from '../../platform/paging/list-query-filter.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import type { AnyTaskDefinition } from '../../platform/tasks/task-definition.ts';
import { templateDeleteTask } from './template-delete-task.ts';
import { templateEnsureOnHost, type EnsureWork } from './template-ensure.ts';
import { templateImportTask } from './template-import-task.ts';
import { copiesOf, findTemplate, lockTemplate, volumeNameOf, type StoredTemplate } from './template-store.ts';
import type { TemplatesParts } from './templates-parts.ts';
import type { TemplatesTables } from './templates-tables.ts';

/** What a VM is made from. */
export interface TemplateForProvision {
  readonly id: string;
  readonly name: string;
  readonly os: string;
  /** In the pool `default` of every host in `hostIds`; clone it whole, the template may be deleted while VMs live on. */
  readonly volumeName: string;
  readonly format: 'qcow2' | 'raw';
  readonly virtualSizeBytes: number;
  readonly fileBytes: number;
  readonly minDiskBytes: number;
  readonly minMemoryBytes: number;
  readonly minVcpus: number;
  /** Hosts that hold a copy; any other gets one by {@link ensureTemplateOnHost}. */
  readonly hostIds: readonly string[];
}

/** A template VMs can be made from now; undefined while it is imported or deleted, or where there is none. */
export async function templateForProvision(
  db: AnyDatabase,
  templateId: string,
): Promise<TemplateForProvision | undefined> {
  const tables = db as Kysely<TemplatesTables>;
  return await readyTemplate(tables, await findTemplate(tables, templateId));
}

/** Like {@link templateForProvision}; the template cannot be changed or deleted until the caller's transaction ends. */
export async function templateForProvisionLocked(
  db: AnyDatabase,
  templateId: string,
): Promise<TemplateForProvision | undefined> {
  const tables = db as Kysely<TemplatesTables>;
  return await readyTemplate(tables, await lockTemplate(tables, templateId));
}

async function readyTemplate(
  tables: Kysely<TemplatesTables>,
  template: StoredTemplate | undefined,
): Promise<TemplateForProvision | undefined> {
  if (template === undefined || template.state !== 'ready' || template.deleting === 1) return undefined;
  const copies = await copiesOf(tables, template.id);
  return {
    id: template.id,
    name: template.name,
    os: template.os,
    volumeName: volumeNameOf(template),
    format: template.format === 'raw' ? 'raw' : 'qcow2',
    virtualSizeBytes: template.virtual_size_bytes,
    fileBytes: template.file_bytes,
    minDiskBytes: template.min_disk_bytes,
    minMemoryBytes: template.min_memory_bytes,
    minVcpus: template.min_vcpus,
    hostIds: copies.filter((copy) => copy.state === 'ready').map((copy) => copy.host_id),
  };
}

/** Makes sure the host holds a whole copy (see template-ensure.ts). Throws OperatingFailure. */
export async function ensureTemplateOnHost(
  parts: TemplatesParts,
  to: { templateId: string; hostId: string },
  work: EnsureWork,
): Promise<{ pool: string; volumeName: string }> {
  return await templateEnsureOnHost(parts, to, work);
}

/** Name of a template; empty where it is gone. */
export async function templateName(db: AnyDatabase, templateId: string): Promise<string> {
  return (await findTemplate(db as Kysely<TemplatesTables>, templateId))?.name ?? '';
}

/** The durable work of this domain, for the task engine. */
export function templateTasks(parts: TemplatesParts): readonly AnyTaskDefinition[] {
  return [templateImportTask(parts), templateDeleteTask(parts)] as unknown as readonly AnyTaskDefinition[];
}

/** Templates by name or operating system. */
export async function templateHits(db: AnyDatabase, text: string, limit: number): Promise<SearchHit[]> {
  const rows = await (db as Kysely<TemplatesTables>)
    .selectFrom('template')
    .select(['id', 'name', 'os', 'state'])
    .where((has) => has.or([contains(sql.ref('name'), text), contains(sql.ref('os'), text)]))
    .orderBy('name')
    .limit(limit)
    .execute();
  return rows.map(({ id, name, os, state }) => ({
    kind: 'template',
    id,
    title: name,
    subtitle: state === 'ready' ? os : `${os} · ${state}`,
  }));
}
