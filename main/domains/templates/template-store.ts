import { sql, type Kysely, type Selectable } from 'kysely';
import type { TemplateRow } from '../../../shared/domains/templates/templates-contract.ts';
import type { Store } from '../../platform/store/store.ts';
import type { TemplateHosts } from './templates-parts.ts';
import type { TemplatesTables } from './templates-tables.ts';

/** Change feed topic; the key is the template's id. */
export const TEMPLATE_TOPIC = 'template';

export type StoredTemplate = Selectable<TemplatesTables['template']>;
export type StoredCopy = Selectable<TemplatesTables['template_copy']>;
type Db = Kysely<TemplatesTables>;

/** The volume of a template on every host that holds it. */
export function volumeNameOf(template: Pick<StoredTemplate, 'id' | 'format'>): string {
  return `innkeeper-template-${template.id}.${template.format === 'raw' ? 'img' : 'qcow2'}`;
}

export async function findTemplate(db: Db, templateId: string): Promise<StoredTemplate | undefined> {
  return await db.selectFrom('template').selectAll().where('id', '=', templateId).executeTakeFirst();
}

/** Reads a template and keeps it from being changed or deleted until the transaction ends. */
export async function lockTemplate(db: Db, templateId: string): Promise<StoredTemplate | undefined> {
  return await db
    .updateTable('template')
    .set({ name: sql`name` })
    .where('id', '=', templateId)
    .returningAll()
    .executeTakeFirst();
}

/** Two templates never differ by case alone. The databases' own `lower` knows the letters of English only. */
export function nameKey(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** Name of a template that would clash; failed imports do not count. */
export async function isNameTaken(db: Db, name: string, exceptId = ''): Promise<boolean> {
  const other = await db
    .selectFrom('template')
    .select('id')
    .where('name_key', '=', nameKey(name))
    .where('state', '<>', 'failed')
    .where('id', '<>', exceptId)
    .executeTakeFirst();
  return other !== undefined;
}

/** Changes a template and tells the change feed. */
export async function changeTemplate(
  store: Store,
  templateId: string,
  change: Partial<TemplatesTables['template']>,
): Promise<void> {
  await store.transaction<TemplatesTables, void>(
    async (trx) => {
      await trx.updateTable('template').set(change).where('id', '=', templateId).execute();
      await store.changes.note(trx, TEMPLATE_TOPIC, templateId);
    },
    { repeatable: true },
  );
}

export async function copiesOf(db: Db, templateId: string): Promise<StoredCopy[]> {
  return await db
    .selectFrom('template_copy')
    .selectAll()
    .where('template_id', '=', templateId)
    .orderBy('host_id')
    .execute();
}

export async function findCopy(db: Db, templateId: string, hostId: string): Promise<StoredCopy | undefined> {
  const copies = db.selectFrom('template_copy').selectAll();
  return await copies.where('template_id', '=', templateId).where('host_id', '=', hostId).executeTakeFirst();
}

/** Writes down how a copy on a host stands; null: there is none. */
export async function setCopy(
  store: Store,
  copy: { templateId: string; hostId: string; volume: string },
  state: StoredCopy['state'] | null,
): Promise<void> {
  await store.transaction<TemplatesTables, void>(
    async (trx) => {
      if (state === null) {
        const copies = trx.deleteFrom('template_copy').where('template_id', '=', copy.templateId);
        await copies.where('host_id', '=', copy.hostId).execute();
      } else {
        const row = {
          template_id: copy.templateId,
          host_id: copy.hostId,
          volume: copy.volume,
          state,
          changed_at_ms: Date.now(),
        };
        await trx
          .insertInto('template_copy')
          .values(row)
          .onConflict((conflict) => conflict.columns(['template_id', 'host_id']).doUpdateSet(row))
          .execute();
      }
      await store.changes.note(trx, TEMPLATE_TOPIC, copy.templateId);
    },
    { repeatable: true },
  );
}

/** Rows as the contract shows them. */
export async function templateRows(
  db: Db,
  hosts: Pick<TemplateHosts, 'names' | 'vmCounts'>,
  templates: readonly StoredTemplate[],
): Promise<TemplateRow[]> {
  const ids = templates.map((template) => template.id);
  if (ids.length === 0) return [];
  const copies = await db
    .selectFrom('template_copy')
    .select(['template_id', 'host_id'])
    .where('template_id', 'in', ids)
    .where('state', '=', 'ready')
    .execute();
  const names = await hosts.names(db, [...new Set(copies.map((copy) => copy.host_id))]);
  const vms = await hosts.vmCounts(db, ids);
  return templates.map((template) => ({
    ...factsOf(template),
    hosts: copies
      .filter((copy) => copy.template_id === template.id && names.has(copy.host_id))
      .map((copy) => ({ hostId: copy.host_id, host: names.get(copy.host_id) ?? '' }))
      .toSorted((a, b) => (a.host < b.host ? -1 : 1)),
    vms: vms.get(template.id) ?? 0,
  }));
}

function factsOf(template: StoredTemplate): Omit<TemplateRow, 'hosts' | 'vms'> {
  return {
    id: template.id,
    name: template.name,
    os: template.os,
    state: template.state,
    format: template.format,
    virtualSizeBytes: template.virtual_size_bytes,
    fileBytes: template.file_bytes,
    sha256: template.sha256,
    minDiskBytes: template.min_disk_bytes,
    minMemoryBytes: template.min_memory_bytes,
    minVcpus: template.min_vcpus,
    source: template.source,
    createdAt: new Date(template.created_at_ms).toISOString(),
  };
}
