import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { whenTask } from '../../testing/tasks-for-test.ts';
import {
  HV1,
  HV2,
  hasLibvirt,
  hosts,
  folder,
  image,
  startHosts,
  clean,
  sha256,
  world,
  imported,
  noTrace,
} from '../../testing/templates-room.ts';
import type { TemplatesTables } from './templates-tables.ts';

startHosts();

describe.skipIf(!hasLibvirt)('a template from an address', () =>
  describeOnBothStores('on real libvirt hosts', (stores) => {
    // Before the store is closed: hooks run in reverse.
    afterEach(clean);

    const overlay = (): string => {
      const path = join(folder, 'overlay.qcow2');
      spawnSync('qemu-img', ['create', '-f', 'qcow2', '-b', image, '-F', 'qcow2', path]);
      return path;
    };

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
        const on = await world(stores);
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
        const on = await world(stores);
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
        const on = await world(stores);
        answer = given;
        const { task } = await imported(on, { source: { kind: 'url', url } });
        expect(task).toMatchObject({ state: 'failed', error_code: code });
        await noTrace(on);
      });

      test('a server that is ill for a moment is asked again', async () => {
        const on = await world(stores);
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
  }),
);
