import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { fileBytes, makeImage } from '../../testing/storage-hosts.ts';
import { whenTask } from '../../testing/tasks-for-test.ts';
import { templatesTidy } from './template-tidy.ts';
import { ensureTemplateOnHost, templateForProvision } from './templates-public.ts';
import {
  HV1,
  HV2,
  hasLibvirt,
  hosts,
  folder,
  image,
  closing,
  startHosts,
  clean,
  sha256,
  world,
  asked,
  imported,
  noTrace,
  type World,
} from '../../testing/templates-room.ts';

startHosts();

describe.skipIf(!hasLibvirt)('copies of a template', () =>
  describeOnBothStores('on real libvirt hosts', (stores) => {
    // Before the store is closed: hooks run in reverse.
    afterEach(clean);

    test('a host that is cut off in the middle is left out, told about, and cleaned when it is back', async () => {
      const on = await world(stores);
      cutWhileUploading(on, HV2);
      const { task, log, templateId } = await imported(on);
      expect(task).toMatchObject({ state: 'succeeded' });
      expect(log.join('\n')).toContain('hv1 holds a copy');
      expect((await templateForProvision(on.store.tables(), templateId))?.hostIds).toEqual([HV1]);
      expect(hosts.volumes(HV2)).toHaveLength(1);
      hosts.back(HV2);
      expect(await templatesTidy(on.parts, AbortSignal.timeout(60_000))).toEqual({ removed: 1 });
      expect(hosts.volumes(HV2)).toEqual([]);
      expect(hosts.volumes(HV1)).toHaveLength(1);
    });

    test('a named host that is cut off for a moment gets its copy in the next try', async () => {
      const on = await world(stores);
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
      const on = await world(stores);
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
        const on = await world(stores);
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
        const on = await world(stores);
        const { templateId } = await imported(on);
        rmSync(hosts.path(HV2, volumeOf(templateId)));
        await ensureTemplateOnHost(on.parts, { templateId, hostId: HV2 }, work);
        expect(sha256(hosts.path(HV2, volumeOf(templateId)))).toBe(sha256(image));
        writeFileSync(hosts.path(HV2, volumeOf(templateId)), 'short');
        await ensureTemplateOnHost(on.parts, { templateId, hostId: HV2 }, work);
        expect(sha256(hosts.path(HV2, volumeOf(templateId)))).toBe(sha256(image));
      });

      test('comes from the file when the other copy is damaged or away', async () => {
        const on = await world(stores);
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
        const on = await world(stores);
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
        const on = await world(stores);
        const ensured = ensureTemplateOnHost(on.parts, { templateId: 'tpl_none', hostId: HV2 }, work);
        await expect(ensured).rejects.toMatchObject({ code: 'template-not-ready' });
      });
    });
  }),
);
