import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, test } from 'vitest';
import { describeTask } from '../../testing/describe-task.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { fileBytes } from '../../testing/storage-hosts.ts';
import { whenTask } from '../../testing/tasks-for-test.ts';
import { templateImportTask } from './template-import-task.ts';
import { templatesTidy } from './template-tidy.ts';
import { templateForProvision } from './templates-public.ts';
import {
  HV1,
  HV2,
  hasLibvirt,
  templatesSchema,
  hosts,
  folder,
  image,
  startHosts,
  clean,
  sha256,
  partsOf,
  world,
  deleted,
  asked,
  imported,
  noTrace,
  type Asked,
} from '../../testing/templates-room.ts';
import type { TemplateImportInput } from './template-record.ts';
import type { TemplatesTables } from './templates-tables.ts';

startHosts();

describe.skipIf(!hasLibvirt)('the import on real libvirt hosts', () => {
  afterEach(clean);
  describeTask({
    name: 'template-import',
    schema: templatesSchema,
    steps: ['record', 'read', 'inspect', 'upload', 'finish'],
    prepare: async (store) => {
      const parts = partsOf(store, undefined);
      const input: TemplateImportInput = {
        templateId: 'tpl_01',
        name: 'Debian 12',
        os: 'debian12',
        source: { kind: 'file', path: image },
        shown: image,
        targets: hosts.all,
        isStrict: true,
        minDiskBytes: 0,
        minMemoryBytes: 0,
        minVcpus: 1,
        createdAtMs: 0,
      };
      return { world: parts, definition: templateImportTask(parts), input };
    },
    observe: async ({ spoolFolder }, store) => {
      const tables = store.tables<TemplatesTables>();
      const usable = await tables.selectFrom('template').selectAll().where('state', '<>', 'failed').execute();
      const copies = await tables
        .selectFrom('template_copy')
        .select(['host_id', 'state'])
        .orderBy('host_id')
        .execute();
      const volumes = hosts.all.map(({ hostId }) => hosts.volumes(hostId));
      return { usable, copies, volumes, spool: readdirSync(spoolFolder) };
    },
    succeeded: async (_, { task }) => {
      const volume = 'innkeeper-template-tpl_01.qcow2';
      for (const hostId of [HV1, HV2]) expect(sha256(hosts.path(hostId, volume))).toBe(sha256(image));
      expect(JSON.parse(task.result)).toMatchObject({ format: 'qcow2', hosts: 2, sha256: sha256(image) });
    },
  });
});

describe.skipIf(!hasLibvirt)('templates', () =>
  describeOnBothStores('on real libvirt hosts', (stores) => {
    // Before the store is closed: hooks run in reverse.
    afterEach(clean);

    test('an imported template is listed with what its image says, and is what provisioning needs', async () => {
      const on = await world(stores);
      const { templateId, task } = await imported(on, { minMemoryBytes: 512, minVcpus: 2 });
      expect(task).toMatchObject({
        state: 'succeeded',
        error: '',
        subject_kind: 'template',
        subject_id: templateId,
      });
      const row = {
        id: templateId,
        name: 'Debian 12',
        os: 'debian12',
        state: 'ready',
        format: 'qcow2',
        virtualSizeBytes: 3 * 1024 ** 2,
        fileBytes: fileBytes(image),
        sha256: sha256(image),
        minDiskBytes: 3 * 1024 ** 2,
        minMemoryBytes: 512,
        minVcpus: 2,
        source: image,
        hosts: [
          { hostId: HV1, host: 'hv1' },
          { hostId: HV2, host: 'hv2' },
        ],
        vms: 0,
      };
      const page = { query: 'os:debian state:ready', sort: 'name', direction: 'asc', limit: 10 } as const;
      expect(await on.handlers.templateList(page, on.context)).toMatchObject({
        value: { total: 1, rows: [row] },
      });
      expect(await on.handlers.templateGet({ templateId }, on.context)).toMatchObject({ value: row });
      expect(await templateForProvision(on.store.tables(), templateId)).toMatchObject({
        volumeName: `innkeeper-template-${templateId}.qcow2`,
        hostIds: [HV1, HV2],
        minDiskBytes: 3 * 1024 ** 2,
      });
      expect(await templateForProvision(on.store.tables(), 'tpl_none')).toBeUndefined();
    });

    const overlay = (): string => {
      const path = join(folder, 'overlay.qcow2');
      spawnSync('qemu-img', ['create', '-f', 'qcow2', '-b', image, '-F', 'qcow2', path]);
      return path;
    };
    const textFile = (): string => {
      const path = join(folder, 'notes.qcow2');
      writeFileSync(path, 'an image, honestly');
      return path;
    };
    const refusals: { code: string; facts: object; ask: () => Partial<Asked> }[] = [
      {
        code: 'file-missing',
        facts: { reason: 'there is no such file' },
        ask: () => ({ source: { kind: 'file', path: '/none.qcow2' } }),
      },
      {
        code: 'not-an-image',
        facts: { path: '/', reason: 'it is a folder' },
        ask: () => ({ source: { kind: 'file', path: '/' } }),
      },
      {
        code: 'not-an-image',
        facts: { reason: 'it is neither qcow2 nor a raw disk with a partition table' },
        ask: () => ({ source: { kind: 'file', path: textFile() } }),
      },
      { code: 'has-backing-file', facts: {}, ask: () => ({ source: { kind: 'file', path: overlay() } }) },
      { code: 'no-such-host', facts: { hostId: 'host_x' }, ask: () => ({ hostIds: [HV1, 'host_x'] }) },
    ];
    test.each(refusals)('an import is refused at once: $code $facts', async ({ code, facts, ask }) => {
      const on = await world(stores);
      expect(await on.handlers.templateImport(asked(ask()), on.context)).toMatchObject({
        ok: false,
        code,
        facts,
      });
      expect(await on.store.tables<TemplatesTables>().selectFrom('template').selectAll().execute()).toEqual(
        [],
      );
    });

    test('no host is connected', async () => {
      const on = await world(stores);
      for (const { hostId } of hosts.all) hosts.cut(hostId);
      expect(await on.handlers.templateImport(asked(), on.context)).toMatchObject({
        ok: false,
        code: 'no-host',
      });
    });

    test('a name is taken, whatever its letters’ case; that of a failed import is free', async () => {
      const on = await world(stores);
      const failed = await imported(on, { sha256: '0'.repeat(64) });
      expect(failed.task).toMatchObject({ state: 'failed', error_code: 'wrong-checksum' });
      expect(await on.handlers.templateGet({ templateId: failed.templateId }, on.context)).toMatchObject({
        value: { state: 'failed' },
      });
      await imported(on);
      const again = await on.handlers.templateImport(asked({ name: 'DEBIAN 12' }), on.context);
      expect(again).toMatchObject({ ok: false, code: 'name-taken' });
      const second = await imported(on, { name: 'Alpine' });
      const rename = {
        templateId: second.templateId,
        name: 'debian 12',
        os: 'x',
        minDiskBytes: 0,
        minMemoryBytes: 0,
        minVcpus: 1,
      };
      expect(await on.handlers.templateSave(rename, on.context)).toMatchObject({
        ok: false,
        code: 'name-taken',
      });
      expect(
        await on.handlers.templateSave({ ...rename, name: 'Alpine 3', os: 'alpine' }, on.context),
      ).toMatchObject({ ok: true });
      expect(await on.handlers.templateGet({ templateId: second.templateId }, on.context)).toMatchObject({
        // Not below what its disk takes.
        value: { name: 'Alpine 3', os: 'alpine', minDiskBytes: 3 * 1024 ** 2 },
      });
    });

    test('the wrong checksum leaves nothing anywhere', async () => {
      const on = await world(stores);
      const { task } = await imported(on, { sha256: 'a'.repeat(64) });
      expect(task.error).toContain(`SHA-256 ${sha256(image)} instead of ${'a'.repeat(64)}`);
      await noTrace(on);
    });

    test('the right checksum and a raw image', async () => {
      const on = await world(stores);
      const raw = join(folder, 'disk.raw');
      const bytes = Buffer.alloc(2 * 1024 ** 2);
      bytes.writeUInt16BE(0x55aa, 510);
      bytes.write('the end', bytes.length - 7);
      writeFileSync(raw, bytes);
      const { task, templateId } = await imported(on, {
        source: { kind: 'file', path: raw },
        sha256: sha256(raw),
      });
      expect(task.error).toBe('');
      expect(sha256(hosts.path(HV2, `innkeeper-template-${templateId}.img`))).toBe(sha256(raw));
    });

    test('a deleted template is gone from every host; from one that is away when it is back', async () => {
      const on = await world(stores);
      const { templateId } = await imported(on);
      const wrong = await deleted(on, 'debian', templateId);
      expect(wrong).toMatchObject({ ok: false, code: 'name-differs', facts: { name: 'Debian 12' } });
      hosts.cut(HV2);
      const started = await deleted(on, 'Debian 12', templateId);
      const { task } = await whenTask(on.store, started.ok ? started.value.taskId : '');
      expect({ state: task.state, result: JSON.parse(task.result) as unknown }).toEqual({
        state: 'succeeded',
        result: { removed: 1, later: 1 },
      });
      expect(await on.handlers.templateGet({ templateId }, on.context)).toMatchObject({
        ok: false,
        code: 'no-such-template',
      });
      hosts.back(HV2);
      await templatesTidy(on.parts, AbortSignal.timeout(60_000));
      await noTrace(on);
    });

    test('a template is not deleted under a running task', async () => {
      const on = await world(stores);
      const { templateId } = await imported(on);
      const task = {
        kind: 'vm-provision',
        title: 'Make a VM',
        input: { templateId },
        steps: [],
        startedBy: 'ada',
      };
      const subject = { kind: 'vm', id: 'vm_1', name: 'acme' } as const;
      const definition = { ...task, title: () => task.title, subject: () => subject };
      await on.engine.start(definition, task.input, { startedBy: 'ada' });
      const refused = await deleted(on, 'Debian 12', templateId);
      expect(refused).toMatchObject({ ok: false, code: 'template-busy' });
    });

    test('a download left behind by an engine that died goes when nothing works on it', async () => {
      const on = await world(stores);
      const left = join(on.parts.spoolFolder, 'tpl_01abc.image.part');
      writeFileSync(left, 'x');
      await templatesTidy(on.parts, AbortSignal.timeout(60_000));
      expect(existsSync(left)).toBe(false);
    });
  }),
);
