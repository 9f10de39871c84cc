import type { Transaction } from 'kysely';
import { shownUrl } from '../../platform/http/file-download.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import type { Sealer } from '../../platform/secrets/sealer.ts';
import type { Store } from '../../platform/store/store.ts';
import { isDuplicate } from '../../platform/store/store-error.ts';
import { nameKey, TEMPLATE_TOPIC } from './template-store.ts';
import type { NamedHost } from './templates-parts.ts';
import type { TemplatesTables } from './templates-tables.ts';

/** What an import works on, as it was asked for. */
export interface TemplateImportInput {
  readonly templateId: string;
  readonly name: string;
  readonly os: string;
  readonly source:
    | { readonly kind: 'file'; readonly path: string }
    /** `url` is null where it holds a secret: then it stands sealed. */
    | { readonly kind: 'url'; readonly url: string | null };
  readonly sealed?: { readonly url: string };
  /** The source for eyes: without credentials. */
  readonly shown: string;
  readonly sha256?: string | undefined;
  readonly targets: readonly NamedHost[];
  /** The targets were named: all of them must get a copy. Otherwise one is enough and the others are told about. */
  readonly isStrict: boolean;
  readonly minDiskBytes: number;
  readonly minMemoryBytes: number;
  readonly minVcpus: number;
  readonly createdAtMs: number;
}

export type AskedSource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'url'; readonly url: string };

export function shownSource(source: AskedSource): string {
  return source.kind === 'file' ? source.path : shownUrl(source.url);
}

/** A source as a task keeps it: an address that is more than what may be shown holds a secret, and is sealed. */
export async function keptSource(
  sealer: Sealer,
  templateId: string,
  source: AskedSource,
): Promise<Pick<TemplateImportInput, 'source' | 'shown' | 'sealed'>> {
  const shown = shownSource(source);
  if (source.kind === 'file' || source.url === shown) return { source, shown };
  const sealed = { url: await sealer.seal(source.url, urlPurpose(templateId)) };
  return { source: { kind: 'url', url: null }, shown, sealed };
}

/** The address to download from, with what is secret in it. */
export async function openedUrl(sealer: Sealer, input: TemplateImportInput): Promise<string> {
  if (input.source.kind === 'url' && input.source.url !== null) return input.source.url;
  return await sealer.open(input.sealed?.url ?? '', urlPurpose(input.templateId));
}

function urlPurpose(templateId: string): string {
  return `template:${templateId}:url`;
}

/** Writes the template's row as being imported; for a retry, again. Throws OperatingFailure where its name was taken meanwhile. */
export async function recordTemplate(store: Store, input: TemplateImportInput): Promise<void> {
  try {
    await store.transaction<TemplatesTables, void>(async (trx) => await insertTemplate(store, trx, input), {
      repeatable: true,
    });
  } catch (error) {
    if (!isDuplicate(error, 'template', 'name_key')) throw error;
    throw new OperatingFailure({
      code: 'name-taken',
      sentence: `A template called ${input.name} exists already.`,
    });
  }
}

/** Inside the caller's transaction. A failed import of the same name makes room. */
export async function insertTemplate(
  store: Store,
  trx: Transaction<TemplatesTables>,
  input: TemplateImportInput,
): Promise<void> {
  const failed = trx
    .deleteFrom('template')
    .where('name_key', '=', nameKey(input.name))
    .where('state', '=', 'failed');
  await failed.where('id', '<>', input.templateId).execute();
  const row = rowOf(input);
  await trx
    .insertInto('template')
    .values(row)
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ state: 'importing' }))
    .execute();
  await store.changes.note(trx, TEMPLATE_TOPIC, input.templateId);
}

function rowOf(input: TemplateImportInput): TemplatesTables['template'] {
  const again = input.source.kind === 'file' ? input.source.path : input.source.url;
  return {
    id: input.templateId,
    name: input.name,
    name_key: nameKey(input.name),
    os: input.os,
    state: 'importing',
    deleting: 0,
    format: 'unknown',
    virtual_size_bytes: 0,
    file_bytes: 0,
    sha256: input.sha256 ?? '',
    min_disk_bytes: input.minDiskBytes,
    min_memory_bytes: input.minMemoryBytes,
    min_vcpus: input.minVcpus,
    source: input.shown,
    source_again: again === input.shown ? again : null,
    created_at_ms: input.createdAtMs,
  };
}
