import { expect, test } from 'vitest';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { isDuplicate } from '../../platform/store/store-error.ts';
import type { Store } from '../../platform/store/store.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { templatesTemplate } from './schema/20261122T1030-templates-template.ts';
import { templatesNameKey } from './schema/20261129T0230-templates-name-key.ts';
import { insertTemplate, type TemplateImportInput } from './template-record.ts';
import { templateSave } from './template-save.ts';
import type { TemplatesTables } from './templates-tables.ts';

const fields = { name: 'Łódź', os: 'debian12', minDiskBytes: 0, minMemoryBytes: 0, minVcpus: 1 };
const imported = (templateId: string, name: string): TemplateImportInput => ({
  ...fields,
  templateId,
  name,
  source: { kind: 'file', path: '/image' },
  shown: '/image',
  targets: [],
  isStrict: false,
  createdAtMs: 0,
});

describeOnBothStores('templates', ({ openStoreForTest, newAddress }) => {
  const schema = [templatesTemplate, templatesNameKey];
  const insert = async (store: Store, id: string, name: string): Promise<void> =>
    await store.transaction<TemplatesTables, void>(
      async (trx) => await insertTemplate(store, trx, imported(id, name)),
    );
  const save = async (store: Store, input: Parameters<typeof templateSave>[0]) =>
    await store.transaction<TemplatesTables, Awaited<ReturnType<typeof templateSave>>>(
      async (trx) =>
        await templateSave(input, {
          tables: () => trx,
          note: async () => undefined,
          subject: () => undefined,
        } as unknown as CallContext),
    );

  test('are called by names that differ in more than case, in any language, by the database', async () => {
    const store = await openStoreForTest(schema);
    await insert(store, 'tpl_1', 'Łódź');
    const twice = await insert(store, 'tpl_2', 'ŁÓDŹ').catch((error: unknown) => error);
    expect(isDuplicate(twice, 'template', 'name_key')).toBe(true);
    await insert(store, 'tpl_2', 'Gdańsk');
    const input = { ...fields, templateId: 'tpl_2', name: 'łódź' };
    expect(await save(store, input)).toMatchObject({ ok: false, code: 'name-taken' });
    expect(await save(store, { ...input, templateId: 'tpl_1', name: 'ŁÓDŹ' })).toMatchObject({ ok: true });
  });

  test('edited by two keep what each changed, and what both changed is not saved', async () => {
    const store = await openStoreForTest(schema);
    await insert(store, 'tpl_1', fields.name);
    const edit = async (mine: Partial<typeof fields>) =>
      await save(store, { ...fields, ...mine, templateId: 'tpl_1', before: fields });
    expect(await edit({ minVcpus: 2 })).toMatchObject({ ok: true });
    expect(await edit({ os: 'debian13' })).toMatchObject({ ok: true });
    expect(await edit({ minVcpus: 4 })).toMatchObject({
      code: 'changed-meanwhile',
      facts: { name: 'Łódź', fields: 'minVcpus' },
    });
    const rows = await store.tables<TemplatesTables>().selectFrom('template').selectAll().execute();
    expect(rows).toMatchObject([{ os: 'debian13', min_vcpus: 2 }]);
  });

  test('of an older store that clash are told apart by a number, and the oldest keeps its name', async () => {
    const address = await newAddress();
    const old = await openStoreForTest([templatesTemplate], { address });
    const row = {
      os: '',
      state: 'ready',
      deleting: 0,
      format: 'raw',
      virtual_size_bytes: 0,
      file_bytes: 0,
      sha256: '',
      min_disk_bytes: 0,
      min_memory_bytes: 0,
      min_vcpus: 1,
      source: '',
      source_again: null,
    };
    const names = [
      'debian',
      'Debian',
      'DEBIAN',
      'DEBIAN (2)',
      'Łódź',
      'ŁÓDŹ',
      'x'.repeat(80),
      'X'.repeat(80),
    ];
    const rows = names.map((name, at) => ({ ...row, id: `tpl_${at}`, name, created_at_ms: at }));
    const failed = { ...row, id: 'tpl_8', name: 'Debian', state: 'failed', created_at_ms: 8 };
    await old
      .tables<{ template: typeof failed }>()
      .insertInto('template')
      .values([...rows, failed])
      .execute();
    await old.close();
    const store = await openStoreForTest(schema, { address });
    const found = await store
      .tables<TemplatesTables>()
      .selectFrom('template')
      .select('name')
      .orderBy('id')
      .execute();
    expect(found.map((one) => one.name)).toEqual([
      'debian',
      'Debian (3)',
      'DEBIAN (4)',
      'DEBIAN (2)',
      'Łódź',
      'ŁÓDŹ (2)',
      'x'.repeat(80),
      `${'X'.repeat(76)} (2)`,
      'Debian',
    ]);
  });
});
