import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { keyFileSealer } from '../../platform/secrets/key-file-sealer.ts';
import type { AnyTransaction, Store } from '../../platform/store/store.ts';
import type { TaskEngine } from '../../platform/tasks/task-engine.ts';
import { describeTask } from '../../testing/describe-task.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { fileBytes, makeImage, StorageHosts } from '../../testing/storage-hosts.ts';
import {
  silentTasksLog,
  taskEngineForTest,
  tasksSchemaForTest,
  whenTask,
  type TaskAsSeen,
} from '../../testing/tasks-for-test.ts';
import { templatesNameKey } from './schema/20261129T0230-templates-name-key.ts';
import { templatesTemplate } from './schema/20261122T1030-templates-template.ts';
import { templateImportTask } from './template-import-task.ts';
import type { TemplateImportInput } from './template-record.ts';
import { templatesTidy } from './template-tidy.ts';
import { templatesHandlers } from './templates-handlers.ts';
import type { TemplatesParts } from './templates-parts.ts';
import { ensureTemplateOnHost, templateForProvision, templateTasks } from './templates-public.ts';
import type { TemplatesTables } from './templates-tables.ts';

const HV1 = 'host_hv1';
const HV2 = 'host_hv2';
let hosts: StorageHosts;
let folder = '';
let image = '';
const hasLibvirt = spawnSync('libvirtd', ['--version']).error === undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'innkeeper-templates-'));
  if (!hasLibvirt) return;
  hosts = await StorageHosts.start(['hv1', 'hv2']);
  image = makeImage(folder);
});
afterAll(async () => {
  await hosts?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const closing: (() => Promise<void>)[] = [];
async function clean(): Promise<void> {
  for (const close of closing.splice(0).toReversed()) await close();
  for (const { hostId } of hosts?.all ?? []) {
    hosts.back(hostId);
    for (const volume of hosts.volumes(hostId)) rmSync(hosts.path(hostId, volume));
  }
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function partsOf(store: Store, tasks: TaskEngine | undefined): TemplatesParts {
  const noTasks: TemplatesParts['tasks'] = { start: async () => Promise.reject(new Error('no tasks here')) };
  const spoolFolder = mkdtempSync(join(folder, 'spool-'));
  const sealer = keyFileSealer(join(folder, 'key'));
  return { store, sealer, hosts, spoolFolder, log: silentTasksLog, tasks: tasks ?? noTasks };
}

describe.skipIf(!hasLibvirt)('the import on real libvirt hosts', () => {
  afterEach(clean);
  describeTask({
    name: 'template-import',
    schema: [templatesTemplate, templatesNameKey],
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
  describeOnBothStores('on real libvirt hosts', ({ newAddress, openStoreForTest }) => {
    // Before the store is closed: hooks run in reverse.
    afterEach(clean);

    async function world() {
      const address = await newAddress();
      const store = await openStoreForTest([...tasksSchemaForTest, templatesTemplate, templatesNameKey], {
        address,
      });
      const engine = await taskEngineForTest({ store, address, definitions: [] });
      const parts = partsOf(store, engine);
      engine.add(templateTasks(parts));
      closing.push(async () => await engine.stop({ graceMs: 0 }));
      await engine.begin();
      return { store, engine, parts, handlers: templatesHandlers(parts), context: contextOf(store) };
    }
    type World = Awaited<ReturnType<typeof world>>;

    /** As the engine does it: in one transaction. */
    async function deleted(on: World, confirmName: string, templateId: string) {
      return await on.store.transaction(
        async (trx) =>
          await on.handlers.templateDelete({ templateId, confirmName }, contextOf(on.store, trx)),
      );
    }

    function contextOf(store: Store, trx?: AnyTransaction): CallContext {
      return {
        actor: { id: 'person_ada', login: 'ada', name: 'Ada', role: 'administrator' },
        operation: 'templates.test',
        operationId: 'op_1',
        signal: new AbortController().signal,
        tables: <T>() => (trx ?? store.tables<T>()) as ReturnType<typeof store.tables<T>>,
        note: async (topic, key) =>
          trx
            ? await store.changes.note(trx, topic, key)
            : await store.transaction(async (own) => await store.changes.note(own, topic, key)),
        subject: () => undefined,
      };
    }

    type Asked = Parameters<ReturnType<typeof templatesHandlers>['templateImport']>[0];
    const asked = (changes: Partial<Asked> = {}): Asked => ({
      name: 'Debian 12',
      os: 'debian12',
      source: { kind: 'file', path: image },
      hostIds: [],
      minDiskBytes: 0,
      minMemoryBytes: 0,
      minVcpus: 1,
      ...changes,
    });

    async function imported(
      on: World,
      changes: Partial<Asked> = {},
    ): Promise<TaskAsSeen & { templateId: string }> {
      const started = await on.handlers.templateImport(asked(changes), on.context);
      if (!started.ok) throw new Error(`refused: ${JSON.stringify(started)}`);
      return { ...(await whenTask(on.store, started.value.taskId)), templateId: started.value.templateId };
    }

    async function noTrace(on: World): Promise<void> {
      expect(hosts.all.map(({ hostId }) => hosts.volumes(hostId))).toEqual([[], []]);
      expect(
        await on.store.tables<TemplatesTables>().selectFrom('template_copy').selectAll().execute(),
      ).toEqual([]);
      expect(readdirSync(on.parts.spoolFolder)).toEqual([]);
    }

    test('an imported template is listed with what its image says, and is what provisioning needs', async () => {
      const on = await world();
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
      const on = await world();
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
      const on = await world();
      for (const { hostId } of hosts.all) hosts.cut(hostId);
      expect(await on.handlers.templateImport(asked(), on.context)).toMatchObject({
        ok: false,
        code: 'no-host',
      });
    });

    test('a name is taken, whatever its letters’ case; that of a failed import is free', async () => {
      const on = await world();
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
      const on = await world();
      const { task } = await imported(on, { sha256: 'a'.repeat(64) });
      expect(task.error).toContain(`SHA-256 ${sha256(image)} instead of ${'a'.repeat(64)}`);
      await noTrace(on);
    });

    test('the right checksum and a raw image', async () => {
      const on = await world();
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

    describe('from an address', () => {
      let url = '';
      let answer: (path: string) => { status?: number; body: Buffer };
      const server = createServer((request, response) => {
        const { status = 200, body } = answer(request.url ?? '');
        response.writeHead(status, { 'content-length': body.length, etag: '"1"' }).end(body);
      });
      beforeAll(async () => {
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        url = `http://127.0.0.1:${(server.address() as { port: number }).port}/image`;
      });
      afterAll(() => server.close());

      test('the image is downloaded, checked, uploaded, and kept by the hosts alone', async () => {
        const on = await world();
        answer = () => ({ body: readFileSync(image) });
        const { task, templateId } = await imported(on, {
          source: { kind: 'url', url: `${url}?token=abc` },
          hostIds: [HV1],
        });
        expect(task).toMatchObject({ state: 'succeeded', error: '' });
        expect(sha256(hosts.path(HV1, `innkeeper-template-${templateId}.qcow2`))).toBe(sha256(image));
        expect(hosts.volumes(HV2)).toEqual([]);
        expect(readdirSync(on.parts.spoolFolder)).toEqual([]);
        expect(await on.handlers.templateGet({ templateId }, on.context)).toMatchObject({
          value: { source: `${url}?…` },
        });
      });

      test('the secrets of an address are used, told nowhere, and gone when they are needed no more', async () => {
        const on = await world();
        const heard: (string | undefined)[] = [];
        server.on('request', (request) => heard.push(request.headers.authorization));
        let isThere = false;
        answer = () =>
          isThere ? { body: readFileSync(image) } : { status: 404, body: Buffer.from('not here') };
        const secret = `${url.replace('//', '//eva:hunter2@')}?token=hunter2`;
        const failed = await imported(on, { source: { kind: 'url', url: secret }, hostIds: [HV1] });
        expect(failed.task).toMatchObject({ state: 'failed', error_code: 'download-refused' });
        isThere = true;
        const { taskId, ...again } = { taskId: failed.task.id, kind: 'template-import', startedBy: 'ada' };
        const input: unknown = JSON.parse(failed.task.input);
        const retried = await on.engine.startAgain({ taskId, input, ...again });
        const succeeded = await whenTask(on.store, retried?.taskId ?? '');
        expect(succeeded.task).toMatchObject({ state: 'succeeded', error: '' });
        expect(new Set(heard)).toEqual(new Set([`Basic ${btoa('eva:hunter2')}`]));
        expect(JSON.parse(succeeded.task.input)).not.toHaveProperty('sealed');
        const templates = await on.store
          .tables<TemplatesTables>()
          .selectFrom('template')
          .selectAll()
          .execute();
        expect(JSON.stringify({ failed, succeeded, templates })).not.toContain('hunter2');
      });

      const bad = [
        {
          what: 'is missing',
          answer: () => ({ status: 404, body: Buffer.from('no') }),
          code: 'download-refused',
        },
        {
          what: 'is a web page',
          answer: () => ({ body: Buffer.from('<html>log in</html>') }),
          code: 'not-an-image',
        },
        {
          what: 'depends on another image',
          answer: () => ({ body: readFileSync(overlay()) }),
          code: 'has-backing-file',
        },
        {
          what: 'is half an image',
          answer: () => ({ body: readFileSync(image).subarray(0, 400_000) }),
          code: 'not-an-image',
        },
      ];
      test.each(bad)('what $what fails and leaves nothing', async ({ answer: given, code }) => {
        const on = await world();
        answer = given;
        const { task } = await imported(on, { source: { kind: 'url', url } });
        expect(task).toMatchObject({ state: 'failed', error_code: code });
        await noTrace(on);
      });

      test('a server that is ill for a moment is asked again', async () => {
        const on = await world();
        let calls = 0;
        answer = () =>
          (calls += 1) < 3 ? { status: 503, body: Buffer.from('') } : { body: readFileSync(image) };
        const { task, steps } = await imported(on, { source: { kind: 'url', url } });
        expect({ state: task.state, attempts: steps[1]?.attempts }).toEqual({
          state: 'succeeded',
          attempts: 3,
        });
      });
    });

    test('a host that is cut off in the middle is left out, told about, and cleaned when it is back', async () => {
      const on = await world();
      cutWhileUploading(on, HV2);
      const { task, log, templateId } = await imported(on);
      expect(task).toMatchObject({ state: 'succeeded' });
      expect(log.join('\n')).toContain('hv1 holds a copy');
      expect((await templateForProvision(on.store.tables(), templateId))?.hostIds).toEqual([HV1]);
      expect(hosts.volumes(HV2)).toHaveLength(1);
      hosts.back(HV2);
      expect(await templatesTidy(on.parts, AbortSignal.timeout(20_000))).toEqual({ removed: 1 });
      expect(hosts.volumes(HV2)).toEqual([]);
      expect(hosts.volumes(HV1)).toHaveLength(1);
    });

    test('a named host that is cut off for a moment gets its copy in the next try', async () => {
      const on = await world();
      cutWhileUploading(on, HV2, () => hosts.back(HV2));
      const { task, templateId } = await imported(on, { hostIds: [HV2] });
      expect(task).toMatchObject({ state: 'succeeded', error: '' });
      expect(sha256(hosts.path(HV2, `innkeeper-template-${templateId}.qcow2`))).toBe(sha256(image));
    });

    /** Cuts a host as soon as the volume is there that the upload goes to. */
    function cutWhileUploading(on: World, hostId: string, then: () => void = () => undefined): void {
      const cut = async (): Promise<void> => {
        await vi.waitFor(() => expect(hosts.volumes(hostId)).toHaveLength(1), {
          timeout: 60_000,
          interval: 1,
        });
        hosts.cut(hostId);
        await on.store.nowMs();
        then();
      };
      const cutting = cut();
      closing.push(async () => await cutting);
    }

    test('cancelling in the middle of the upload leaves nothing', async () => {
      const on = await world();
      const big = makeImage(folder, { name: 'big.qcow2', dataBytes: 96 * 1024 ** 2 });
      const started = await on.handlers.templateImport(
        asked({ source: { kind: 'file', path: big } }),
        on.context,
      );
      const taskId = started.ok ? started.value.taskId : '';
      await vi.waitFor(() => expect(hosts.volumes(HV1)).toHaveLength(1), { timeout: 60_000, interval: 1 });
      await on.engine.cancel(taskId);
      expect((await whenTask(on.store, taskId)).task).toMatchObject({ state: 'cancelled', error: '' });
      await noTrace(on);
    });

    describe('a copy on one more host', () => {
      // From when a test asks for it, not from when the file was read.
      const work = {
        get signal() {
          return AbortSignal.timeout(60_000);
        },
      };
      const volumeOf = (templateId: string): string => `innkeeper-template-${templateId}.qcow2`;

      test('comes from a host that has one, once however often it is asked for at once', async () => {
        const on = await world();
        const { templateId } = await imported(on, { hostIds: [HV1] });
        const withHost = vi.spyOn(hosts, 'withHost');
        const progress = vi.fn();
        const to = { templateId, hostId: HV2 };
        const answers = await Promise.all(
          Array.from(
            { length: 4 },
            async () => await ensureTemplateOnHost(on.parts, to, { ...work, progress }),
          ),
        );
        expect(answers).toEqual(answers.map(() => ({ pool: 'default', volumeName: volumeOf(templateId) })));
        const reads = withHost.mock.calls.filter(([hostId]) => hostId === HV1);
        withHost.mockRestore();
        expect(reads).toHaveLength(1);
        expect(progress).toHaveBeenLastCalledWith(fileBytes(image), fileBytes(image));
        expect(sha256(hosts.path(HV2, volumeOf(templateId)))).toBe(sha256(image));
        expect((await templateForProvision(on.store.tables(), templateId))?.hostIds).toEqual([HV1, HV2]);
      });

      test('is made again where somebody removed or cut it', async () => {
        const on = await world();
        const { templateId } = await imported(on);
        rmSync(hosts.path(HV2, volumeOf(templateId)));
        await ensureTemplateOnHost(on.parts, { templateId, hostId: HV2 }, work);
        expect(sha256(hosts.path(HV2, volumeOf(templateId)))).toBe(sha256(image));
        writeFileSync(hosts.path(HV2, volumeOf(templateId)), 'short');
        await ensureTemplateOnHost(on.parts, { templateId, hostId: HV2 }, work);
        expect(sha256(hosts.path(HV2, volumeOf(templateId)))).toBe(sha256(image));
      });

      test('comes from the file when the other copy is damaged or away', async () => {
        const on = await world();
        const { templateId } = await imported(on, { hostIds: [HV1] });
        const damaged = readFileSync(image);
        damaged.writeUInt8(damaged.readUInt8(1_000_000) ^ 1, 1_000_000);
        writeFileSync(hosts.path(HV1, volumeOf(templateId)), damaged);
        await ensureTemplateOnHost(on.parts, { templateId, hostId: HV2 }, work);
        expect(sha256(hosts.path(HV2, volumeOf(templateId)))).toBe(sha256(image));
        hosts.cut(HV1);
        rmSync(hosts.path(HV2, volumeOf(templateId)));
        await ensureTemplateOnHost(on.parts, { templateId, hostId: HV2 }, work);
        expect(sha256(hosts.path(HV2, volumeOf(templateId)))).toBe(sha256(image));
      });

      test('that can be had nowhere says what to do, and leaves nothing half', async () => {
        const on = await world();
        const passing = makeImage(folder, { name: 'passing.qcow2' });
        const { templateId } = await imported(on, {
          hostIds: [HV1],
          source: { kind: 'file', path: passing },
        });
        rmSync(passing);
        hosts.cut(HV1);
        const ensured = ensureTemplateOnHost(on.parts, { templateId, hostId: HV2 }, work);
        await expect(ensured).rejects.toThrow(`import it again from ${passing}`);
        await templatesTidy(on.parts, work.signal);
        expect(hosts.volumes(HV2)).toEqual([]);
      });

      test('of a template that is not there', async () => {
        const on = await world();
        const ensured = ensureTemplateOnHost(on.parts, { templateId: 'tpl_none', hostId: HV2 }, work);
        await expect(ensured).rejects.toMatchObject({ code: 'template-not-ready' });
      });
    });

    test('a deleted template is gone from every host; from one that is away when it is back', async () => {
      const on = await world();
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
      await templatesTidy(on.parts, AbortSignal.timeout(20_000));
      await noTrace(on);
    });

    test('a template is not deleted under a running task', async () => {
      const on = await world();
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
      const on = await world();
      const left = join(on.parts.spoolFolder, 'tpl_01abc.image.part');
      writeFileSync(left, 'x');
      await templatesTidy(on.parts, AbortSignal.timeout(20_000));
      expect(existsSync(left)).toBe(false);
    });
  }),
);
