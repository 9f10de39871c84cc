import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { startEngine, type Engine } from '../app/build-engine.ts';
import { readSettings } from '../app/settings/settings.ts';
import { startPracticeFleet, type PracticeFleet } from './practice/practice-fleet.ts';
import type { PracticeHost } from './practice/practice-host.ts';
import { createQcow2 } from './practice/qcow2-file.ts';
import { makeQuickFolder } from './quick-folder.ts';

const GIB = 2 ** 30;
/** For a busy machine; on an idle one the conditions come within milliseconds. */
export const soon = { timeout: 90_000, interval: 20 };

export interface TaskSeen {
  readonly state: string;
  readonly error: string;
  readonly endedAt: string | null;
  readonly result: Record<string, unknown>;
  readonly steps: readonly { readonly name: string; readonly state: string; readonly attempts: number }[];
}

export interface Started {
  readonly taskId: string;
  readonly vmId: string;
}

/** A real engine with one practice host and a template on it. */
export interface OneHostRoom {
  readonly engine: Engine;
  readonly host: PracticeHost;
  readonly templateId: string;
  /** What an operation gives; throws the error of anything else. */
  value<T>(op: string, input?: unknown): Promise<T>;
  ended(taskId: string): Promise<TaskSeen>;
  /** Waits until a step of a task is under way. */
  when(taskId: string, step: string): Promise<void>;
  /** Begins to make a small VM. */
  make(name: string, more?: object): Promise<Started>;
  /** Domains and volumes on the host itself that were not there at first: what a doubled or forgotten step would leave. */
  onHost(): { domains: string[]; volumes: string[] };
  stop(): Promise<void>;
}

/** `bootMs` is how long a guest takes until it answers: long enough to be watched waiting for it, unless it is said. */
export async function openOneHostRoom({
  vms,
  bootMs = 400,
}: {
  vms: number;
  bootMs?: number;
}): Promise<OneHostRoom> {
  const { folder } = makeQuickFolder('innkeeper-one-host-');
  const practice = await startPracticeFleet({ hosts: 1, vms, bootMs });
  const host = practice.hosts[0];
  if (host === undefined) throw new Error('The practice fleet has no host.');
  const engine = await startEngine({
    settings: readSettings({
      environment: { HOME: folder, INNKEEPER_STORE: `sqlite:${join(folder, 'store.sqlite')}` },
    }),
    hostKind: 'worker',
    logToFile: true,
  });
  const value = async <T>(op: string, input: unknown = {}): Promise<T> => {
    const called = await engine.call(op, input);
    if (!called.ok) throw new Error(`${op}: ${JSON.stringify(called.error)}`);
    return called.value as T;
  };
  const task = async (taskId: string): Promise<TaskSeen> => await value('tasks.taskGet', { taskId });
  const ended = async (taskId: string): Promise<TaskSeen> => {
    await vi.waitFor(async () => expect((await task(taskId)).endedAt).not.toBeNull(), soon);
    return await task(taskId);
  };
  await connectHost(practice, value);
  const templateId = await importTemplate(folder, { value, ended });
  const hadVolumes = new Set(host.machine.pool('default').volumes.map((volume) => volume.name));
  const hadDomains = new Set([...host.machine.vms.values()].map((vm) => vm.name));
  return {
    engine,
    host,
    templateId,
    value,
    ended,
    when: async (taskId, step) =>
      await vi.waitFor(async () => {
        const { steps, state, error } = await task(taskId);
        if (state === 'failed') throw new Error(error);
        expect(steps.find((one) => one.name === step)?.state).toBe('running');
      }, soon),
    make: async (name, more = {}) => {
      const network = { kind: 'bridge', name: 'br0' };
      const size = { vcpus: 1, memoryBytes: GIB / 4, diskBytes: 2 * GIB };
      return await value('fleet.vmCreate', { name, templateId, ...size, network, ...more });
    },
    onHost: () => ({
      domains: [...host.machine.vms.values()].map((vm) => vm.name).filter((name) => !hadDomains.has(name)),
      volumes: host.machine
        .pool('default')
        .volumes.map((volume) => volume.name)
        .filter((name) => !hadVolumes.has(name)),
    }),
    stop: async () => {
      await engine.stop();
      await practice.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function connectHost(practice: PracticeFleet, value: OneHostRoom['value']): Promise<void> {
  const { hosts, privateKey } = practice.describe();
  for (const { name, address, port, fingerprint } of hosts) {
    const auth = { kind: 'key', privateKey };
    await value('fleet.hostAdd', { name, address, port, auth, acceptedFingerprint: fingerprint });
  }
  const connected = async (): Promise<string> => JSON.stringify(await value('fleet.hostList'));
  await vi.waitFor(async () => expect(await connected()).toContain('"state":"connected"'), soon);
}

async function importTemplate(folder: string, room: Pick<OneHostRoom, 'value' | 'ended'>): Promise<string> {
  const path = join(folder, 'image.qcow2');
  createQcow2(path, { capacityBytes: GIB, backingFile: null, backingFormat: null });
  const { templateId, taskId } = await room.value<{ templateId: string; taskId: string }>(
    'templates.templateImport',
    { name: 'Small', os: 'Debian 12', source: { kind: 'file', path } },
  );
  expect(await room.ended(taskId)).toMatchObject({ state: 'succeeded', error: '' });
  return templateId;
}
