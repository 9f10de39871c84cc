import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { startEngine, type Engine } from '../app/build-engine.ts';
import { readSettings } from '../app/settings/settings.ts';
import { startPracticeFleet, type PracticeFleet, type PracticeOptions } from './practice/practice-fleet.ts';
import type { PracticeHost } from './practice/practice-host.ts';
import { makeQuickFolder } from './quick-folder.ts';

/** On an idle machine a tenth of a second; a busy one makes a test slow, never red. */
export const soon = { timeout: 180_000, interval: 20 };

/** A practice fleet with an engine that has added its hosts. */
export interface MovesRoom {
  readonly practice: PracticeFleet;
  engine: Engine;
  readonly hostIds: ReadonlyMap<string, string>;
  value<T>(op: string, input?: unknown): Promise<T>;
  /** The code of the refusal. */
  refusal(op: string, input: unknown): Promise<string>;
  startEngine(): Promise<Engine>;
  /** Host of the fleet by position. */
  host(index: number): PracticeHost;
  idOf(host: PracticeHost): string;
  vms(query?: string): Promise<readonly RoomVm[]>;
  close(): Promise<void>;
}

export interface RoomVm {
  readonly id: string;
  readonly uuid: string;
  readonly name: string;
  readonly state: string;
  readonly hostId: string;
  readonly host: string;
}

export async function movesRoom(
  options: PracticeOptions & { store?: string; environment?: NodeJS.ProcessEnv } = {},
): Promise<MovesRoom> {
  const { folder } = makeQuickFolder('innkeeper-moves-');
  const practice = await startPracticeFleet({ hosts: 2, vms: 4, bootMs: 100, ...options });
  const environment = {
    ...options.environment,
    HOME: folder,
    INNKEEPER_STORE: options.store ?? `sqlite:${join(folder, 'store.sqlite')}`,
  };
  const start = async (): Promise<Engine> =>
    await startEngine({ settings: readSettings({ environment }), hostKind: 'worker', logToFile: true });
  const hostIds = new Map<string, string>();
  const room: MovesRoom = {
    practice,
    engine: await start(),
    hostIds,
    value: async <T>(op: string, input: unknown = {}) => {
      const called = await room.engine.call(op, input);
      if (!called.ok) throw new Error(`${op}: ${JSON.stringify(called.error)}`);
      return called.value as T;
    },
    refusal: async (op, input) => {
      const called = await room.engine.call(op, input);
      if (called.ok) throw new Error(`${op} was not refused: ${JSON.stringify(called.value)}`);
      return 'code' in called.error ? called.error.code : called.error.kind;
    },
    startEngine: start,
    host: (index) => {
      const host = practice.hosts[index];
      if (host === undefined) throw new Error(`there is no practice host ${index}`);
      return host;
    },
    idOf: (host) => hostIds.get(host.name) ?? '',
    vms: async (query = '') =>
      (await room.value<{ rows: RoomVm[] }>('fleet.vmList', { query, limit: 500 })).rows,
    close: async () => {
      await room.engine.stop();
      await practice.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  const { hosts, privateKey } = practice.describe();
  for (const { name, address, port, fingerprint } of hosts) {
    const door = { name, address, port, auth: { kind: 'key', privateKey }, acceptedFingerprint: fingerprint };
    const { hostId } = await room.value<{ hostId: string }>('fleet.hostAdd', door);
    hostIds.set(name, hostId);
  }
  await vi.waitFor(async () => {
    const { rows } = await room.value<{ rows: { state: string; vms: number }[] }>('fleet.hostList');
    expect(rows.map((row) => row.state)).toEqual(hosts.map(() => 'connected'));
    expect((await room.vms()).length).toBe(options.vms ?? 4);
  }, soon);
  // Disks and cards are known once the XML was read.
  await vi.waitFor(async () => {
    for (const { id } of await room.vms()) {
      const { disks } = await room.value<{ disks: unknown[] }>('fleet.vmGet', { vmId: id });
      expect(disks.length).toBeGreaterThan(0);
    }
  }, soon);
  return room;
}
