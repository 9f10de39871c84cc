import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { sentenceOf } from '../../../../shared/contract/outcome.ts';
import { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import { MessageParser } from '../../../platform/libvirt/message-parser.ts';
import { encodeMessage, messageTypes, type Message } from '../../../platform/libvirt/message-frame.ts';
import { procedures } from '../../../platform/libvirt/procedures.ts';
import { generateSshKeyPair } from '../../../platform/ssh/ssh-key.ts';
import { openStore } from '../../../platform/store/store-open.ts';
import {
  fleetForTest,
  fleetTestSchema,
  logForTest,
  type FleetForTest,
} from '../../../testing/fleet-for-test.ts';
import { startPracticeFleet } from '../../../testing/practice/practice-fleet.ts';
import { startSshPeer } from '../../../testing/ssh-peer.ts';
import { testProgram } from '../../../testing/store-for-test.ts';

const PATIENCE = { timeout: 120_000 };
const key = generateSshKeyPair('a person');
const closing: (() => Promise<unknown>)[] = [];
const heard: string[] = [];
let fleet: FleetForTest;

beforeAll(async () => {
  const store = await openStore({
    address: 'sqlite::memory:',
    schema: fleetTestSchema,
    program: testProgram,
  });
  fleet = fleetForTest(store, logForTest(heard));
});
afterAll(async () => {
  await fleet.close();
  await fleet.store.close();
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

type Daemon = (channel: Duplex, call: Message) => void;

function length(bytes: number, total = 28): Buffer {
  const packet = Buffer.alloc(total);
  packet.writeUInt32BE(bytes, 0);
  return packet;
}

/** Answers each call as asked to; an answer that would be right for another procedure is wrong for this one. */
function wrongAnswer(channel: Duplex, call: Message): void {
  channel.write(
    encodeMessage({ ...call, type: messageTypes.reply }, procedures.nodeGetInfo.result, {
      model: '',
      memory: 0,
      cpus: 0,
      mhz: 0,
      nodes: 0,
      sockets: 0,
      cores: 0,
      threads: 2_000_000_000,
    }),
  );
}

/** A host whose SSH server is in order and whose daemon is not. */
async function hostWith(daemon: Daemon): Promise<{ port: number; fingerprint: string }> {
  const peer = await startSshPeer({
    unixSocket: (_path, accept) => {
      const channel = accept() as unknown as Duplex;
      const parser = new MessageParser();
      channel.on('error', () => undefined);
      channel.on('data', (chunk: Buffer) => {
        for (const call of parser.push(chunk)) daemon(channel, call);
      });
    },
  });
  closing.push(peer.close);
  return { port: peer.port, fingerprint: peer.hostKey.fingerprint };
}

/** A port that answers with these bytes and nothing else. */
async function portSaying(bytes: Buffer): Promise<number> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.write(bytes);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/** Adds it, and expects a refusal of the contract with a whole sentence; nothing of it may be in the store. */
async function refusedAs(port: number, fingerprint?: string): Promise<string> {
  const refused = await fleet.call('hostAdd', {
    address: '127.0.0.1',
    port,
    auth: { kind: 'key', privateKey: key.privateKey },
    ...(fingerprint === undefined ? {} : { acceptedFingerprint: fingerprint }),
  });
  if (refused.ok) throw new Error('a hostile host was let in');
  const sentences: Readonly<Record<string, string>> = fleetContract.hostAdd.refusals;
  expect(await fleet.tables.selectFrom('host').selectAll().where('port', '=', port).execute()).toEqual([]);
  return `${refused.code}: ${sentenceOf(sentences[refused.code] ?? '', refused.facts)}`;
}

const daemons: readonly [string, Daemon, RegExp][] = [
  ['claims an absurd length', (channel) => channel.write(length(0xffff_ffff)), /4294967295 is over/],
  ['claims less than a header', (channel) => channel.write(length(3)), /length 3 is too short/],
  [
    'cuts its packets short and hangs up',
    (channel) => channel.end(length(100, 10)),
    /in the middle of a message/,
  ],
  [
    'speaks something else',
    (channel) => channel.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    /Is this libvirt\?/,
  ],
  ['hangs up without a word', (channel) => channel.end(), /./],
  ['answers another question', wrongAnswer, /./],
];
test.each(daemons)('a host whose daemon %s is refused in words', PATIENCE, async (_what, daemon, words) => {
  const { port, fingerprint } = await hostWith(daemon);
  const said = await refusedAs(port, fingerprint);
  expect(said).toMatch(/^(host-unreachable|libvirt-missing): \S.*\.$/);
  expect(said).toMatch(words);
});

const ports: readonly [string, Buffer][] = [
  ['speaks something else', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['sends noise', Buffer.alloc(100_000, 0x5a)],
  ['claims an absurd SSH packet', Buffer.concat([Buffer.from('SSH-2.0-x\r\n'), Buffer.alloc(4_000, 0xff)])],
];
test.each(ports)('a port that %s is refused in words', PATIENCE, async (_what, bytes) => {
  expect(await refusedAs(await portSaying(bytes))).toMatch(/^host-unreachable: \S.*\.$/);
});

test('a host key that one person has confirmed is asked of the next one again', PATIENCE, async () => {
  const practice = await startPracticeFleet({ hosts: 1, vms: 0, bootMs: 50 });
  closing.push(practice.stop);
  const { hosts, privateKey } = practice.describe();
  const [host] = hosts;
  const auth = { kind: 'key' as const, privateKey };
  const door = { address: host!.address, port: host!.port, auth };
  const confirmed = { ...door, acceptedFingerprint: host!.fingerprint };
  expect(await fleet.call('hostProbe', door)).toMatchObject({ code: 'host-key-unknown' });
  expect(await fleet.call('hostProbe', confirmed)).toMatchObject({ ok: true });
  for (const op of ['hostProbe', 'hostAdd'] as const)
    expect(await fleet.call(op, door)).toMatchObject({ code: 'host-key-unknown' });
});

test('a host that turns hostile later is told about, and the others are collected on', PATIENCE, async () => {
  const practice = await startPracticeFleet({ hosts: 1, vms: 3, bootMs: 50 });
  closing.push(practice.stop);
  const { port, fingerprint } = await hostWith((channel) => channel.write(length(0xffff_ffff)));
  const [honest] = practice.describe().hosts;
  const added = await fleet.call('hostAdd', {
    address: honest!.address,
    port: honest!.port,
    auth: { kind: 'key', privateKey: practice.describe().privateKey },
    acceptedFingerprint: honest!.fingerprint,
  });
  if (!added.ok) throw new Error(added.code);
  const { hostId } = added.value;
  const row = await fleet.tables
    .selectFrom('host')
    .selectAll()
    .where('id', '=', hostId)
    .executeTakeFirstOrThrow();
  // What stood there was replaced by something else, behind the same door.
  await fleet.tables
    .insertInto('host')
    .values({
      ...row,
      id: 'host_hostile',
      name: 'hostile',
      port,
      host_key_fingerprint: fingerprint,
      auth_kind: 'own-key',
      sealed_auth: null,
    })
    .execute();
  const stop = fleet.collect({ sweepMs: 300, slowMs: 5_000, factsMs: 60_000 });
  closing.push(stop);
  const state = async (id: string) =>
    await fleet.tables.selectFrom('host').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
  await vi.waitFor(
    async () =>
      expect(await state('host_hostile')).toMatchObject({
        state: 'unreachable',
        reason: expect.stringMatching(/4294967295 is over/) as string,
      }),
    { timeout: 60_000, interval: 50 },
  );
  const before = (await state(hostId)).seen_at_ms ?? 0;
  await vi.waitFor(async () => expect((await state(hostId)).seen_at_ms).toBeGreaterThan(before + 500), {
    timeout: 60_000,
    interval: 50,
  });
  expect(await fleet.call('vmList', { query: `host:"${row.name}"` })).toMatchObject({ value: { total: 3 } });
  expect(heard.filter((line) => line.startsWith('error'))).toEqual([]);
});
