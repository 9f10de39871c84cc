import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startBytePeer, type BytePeer, type PeerConnection } from '../../testing/libvirt/byte-peer.ts';
import { connectedPeer, failureOf } from '../../testing/libvirt/connected-peer.ts';
import { LibvirtConnection } from './libvirt-connection.ts';
import { LibvirtConnectionLost, LibvirtProtocolError } from './libvirt-errors.ts';
import { encodeMessage, keepaliveProcedures, messageTypes, programs } from './message-frame.ts';
import { procedures } from './procedures.ts';

let server: BytePeer;
beforeAll(async () => {
  server = await startBytePeer();
});
afterAll(() => server.stop());

test('a socket that died on its way to us is told at once, not after a time-out', async () => {
  const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  socket.on('error', () => undefined).destroy(new Error('the channel was closed'));
  await once(socket, 'close').catch(() => undefined);
  expect(await failureOf(LibvirtConnection.open({ dial: () => Promise.resolve(socket) }))).toMatchObject({
    lossCause: 'transport-failed',
    effectKnown: true,
    message: 'The connection to the host broke: the channel was closed',
  });
});

describe('a peer that breaks the protocol', () => {
  const length = (bytes: number) => {
    const word = Buffer.alloc(28);
    word.writeUInt32BE(bytes, 0);
    return word;
  };
  const violations: {
    what: string;
    says: RegExp;
    send: (peer: PeerConnection, call: Awaited<ReturnType<PeerConnection['call']>>) => void;
  }[] = [
    {
      what: 'an absurd length',
      says: /4294967295 is over the protocol's limit/,
      send: (peer) => peer.socket.write(length(0xffff_ffff)),
    },
    {
      what: 'a length shorter than a header',
      says: /length 3 is too short/,
      send: (peer) => peer.socket.write(length(3)),
    },
    {
      what: 'a banner of another protocol',
      says: /Is this libvirt/,
      send: (peer) => peer.socket.write('SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n'),
    },
    {
      what: 'a serial nobody asked',
      says: /serial 999, which nobody asked/,
      send: (peer, call) => peer.reply({ ...call, serial: 999 }, 'nodeGetFreeMemory', { freeMem: 1 }),
    },
    {
      what: 'an answer to another procedure',
      says: /is NODE_GET_FREE_MEMORY, the answer says CONNECT_GET_TYPE/,
      send: (peer, call) =>
        peer.reply({ ...call, procedure: procedures.connectGetType.number }, 'connectGetType', {
          type: 'QEMU',
        }),
    },
    {
      what: 'file descriptors',
      says: /file descriptors/,
      send: (peer, call) =>
        peer.socket.write(
          encodeMessage({ ...call, type: messageTypes.replyWithFds }, procedures.nodeGetFreeMemory.result, {
            freeMem: 1,
          }),
        ),
    },
    {
      what: 'a message type of tomorrow',
      says: /unknown type 17/,
      send: (peer, call) =>
        peer.socket.write(
          encodeMessage({ ...call, type: 17 }, procedures.nodeGetFreeMemory.result, { freeMem: 1 }),
        ),
    },
    {
      what: 'a packet cut short',
      says: /in the middle of a message \(10 bytes/,
      send: (peer) => peer.socket.end(length(100).subarray(0, 10)),
    },
  ];
  test.each(violations)('$what: every pending call fails once, in words', async ({ says, send }) => {
    const { connection, peer } = await connectedPeer(server);
    const settled = vi.fn();
    const calls = [connection.host.freeMemoryBytes(), connection.host.hostname()].map(failureOf);
    for (const call of calls) void call.then(settled);
    send(peer, await peer.call('nodeGetFreeMemory'));
    for (const error of await Promise.all(calls)) {
      expect(error).toBeInstanceOf(LibvirtConnectionLost);
      expect(error).toMatchObject({
        lossCause: 'protocol-violated',
        effectKnown: false,
        message: expect.stringMatching(says) as string,
      });
    }
    expect(settled).toHaveBeenCalledTimes(2);
    expect(await connection.ended).toMatchObject({ lossCause: 'protocol-violated' });
    expect(await failureOf(connection.host.hostname())).toBeInstanceOf(LibvirtConnectionLost);
  });

  test('an answer that does not decode fails its call and nothing else', async () => {
    const { connection, peer, problems } = await connectedPeer(server);
    const broken = failureOf(connection.host.hostname());
    const call = await peer.call('connectGetHostname');
    peer.socket.write(
      encodeMessage({ ...call, type: messageTypes.reply }, procedures.nodeGetFreeMemory.result, {
        freeMem: 1,
      }),
    );
    expect(await broken).toBeInstanceOf(LibvirtProtocolError);
    expect(problems).toEqual([expect.stringContaining('answer to CONNECT_GET_HOSTNAME')]);
    const fine = connection.host.freeMemoryBytes();
    peer.reply(await peer.call('nodeGetFreeMemory'), 'nodeGetFreeMemory', { freeMem: 5 });
    expect(await fine).toBe(5);
  });

  test('a list that claims more than its packet holds is refused', async () => {
    const { connection, peer } = await connectedPeer(server);
    const listing = failureOf(connection.domains.listAll());
    const call = await peer.call('connectListAllDomains');
    peer.socket.write(
      encodeMessage({ ...call, type: messageTypes.reply }, procedures.nodeGetInfo.result, {
        model: '',
        memory: 0,
        cpus: 0,
        mhz: 0,
        nodes: 0,
        sockets: 0,
        cores: 0,
        threads: 16_384,
      }),
    );
    expect(await listing).toBeInstanceOf(LibvirtProtocolError);
  });
});

describe('a peer that goes away', () => {
  test('dying in mid-call: pending calls do not know their effect, queued ones do', async () => {
    const { connection, peer } = await connectedPeer(server);
    const calls = Array.from({ length: 7 }, () => failureOf(connection.host.hostname()));
    for (let index = 0; index < 5; index += 1) await peer.call('connectGetHostname');
    expect(peer.waiting).toBe(0);
    peer.socket.destroy();
    const errors = (await Promise.all(calls)) as LibvirtConnectionLost[];
    expect(errors.map((error) => error.effectKnown)).toEqual([false, false, false, false, false, true, true]);
    expect(await connection.ended).toBeInstanceOf(LibvirtConnectionLost);
  });

  test('hanging up politely is a loss by the host', async () => {
    const { connection, peer } = await connectedPeer(server);
    peer.socket.end();
    expect(await connection.ended).toMatchObject({ lossCause: 'closed-by-host' });
  });

  test('silence: keepalive notices', async () => {
    const { connection, peer } = await connectedPeer(server, {
      supportsKeepalive: true,
      keepalive: { intervalMs: 10, unanswered: 2 },
    });
    const call = failureOf(connection.host.hostname());
    await peer.call('connectGetHostname');
    expect(await connection.ended).toMatchObject({
      lossCause: 'keepalive-unanswered',
      message: expect.stringContaining('silent') as string,
    });
    expect(await call).toMatchObject({ lossCause: 'keepalive-unanswered', effectKnown: false });
    expect([(await peer.next()).procedure, (await peer.next()).procedure]).toEqual([
      keepaliveProcedures.ping,
      keepaliveProcedures.ping,
    ]);
  });

  test('an answered ping keeps the connection', async () => {
    const { connection, peer } = await connectedPeer(server, {
      supportsKeepalive: true,
      keepalive: { intervalMs: 10, unanswered: 2 },
    });
    for (let index = 0; index < 6; index += 1) {
      expect(await peer.next()).toMatchObject({
        program: programs.keepalive,
        procedure: keepaliveProcedures.ping,
      });
      peer.keepalive(keepaliveProcedures.pong);
    }
    expect(connection.isAlive).toBe(true);
  });

  test('its pings are answered', async () => {
    const { peer } = await connectedPeer(server);
    peer.keepalive(keepaliveProcedures.ping);
    expect(await peer.next()).toMatchObject({
      program: programs.keepalive,
      procedure: keepaliveProcedures.pong,
    });
  });

  test('closing ourselves says goodbye and fails what is pending', async () => {
    const { connection, peer } = await connectedPeer(server);
    const call = failureOf(connection.host.hostname());
    await peer.call('connectGetHostname');
    const closing = connection.close();
    peer.reply(await peer.call('connectClose'), 'connectClose', undefined);
    await closing;
    expect(await call).toMatchObject({ lossCause: 'closed-by-us' });
    await connection.close();
  });
});
