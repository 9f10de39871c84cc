import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startBytePeer } from '../../testing/libvirt/byte-peer.ts';
import type { BytePeer, PeerConnection } from '../../testing/libvirt/byte-peer.ts';
import { eventMessages } from './event-messages.ts';
import type { HostEvent } from './event-hub.ts';
import { LibvirtConnection } from './libvirt-connection.ts';
import type { LibvirtConnectionOptions } from './libvirt-connection.ts';
import {
  LibvirtAuthenticationError,
  LibvirtConnectionLost,
  LibvirtError,
  LibvirtProtocolError,
  LibvirtTimeout,
} from './libvirt-errors.ts';
import { encodeMessage, keepaliveProcedures, messageTypes, programs } from './message-frame.ts';
import { procedures } from './procedures.ts';

let server: BytePeer;
beforeAll(async () => {
  server = await startBytePeer();
});
afterAll(() => server.stop());

const guest = { name: 'vm1', uuid: '11111111-2222-4333-8444-555555555555', id: 1 };

type Pair = { connection: LibvirtConnection; peer: PeerConnection; problems: string[] };

async function connected(
  options: Partial<LibvirtConnectionOptions> & { supportsKeepalive?: boolean } = {},
): Promise<Pair> {
  const problems: string[] = [];
  const opening = LibvirtConnection.open({
    dial: server.dial,
    onProtocolProblem: (problem) => problems.push(problem.message),
    ...options,
  });
  const peer = await server.accept();
  await peer.welcome(options.supportsKeepalive);
  const connection = await opening;
  onTestFinished(() => {
    peer.socket.destroy();
  });
  return { connection, peer, problems };
}

/** What a promise fails with. */
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error,
  );

test('a socket that died on its way to us is told at once, not after a time-out', async () => {
  const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  socket.on('error', () => undefined).destroy(new Error('the channel was closed'));
  await once(socket, 'close').catch(() => undefined);
  expect(await failure(LibvirtConnection.open({ dial: () => Promise.resolve(socket) }))).toMatchObject({
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
    const { connection, peer } = await connected();
    const settled = vi.fn();
    const calls = [connection.host.freeMemoryBytes(), connection.host.hostname()].map(failure);
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
    expect(await failure(connection.host.hostname())).toBeInstanceOf(LibvirtConnectionLost);
  });

  test('an answer that does not decode fails its call and nothing else', async () => {
    const { connection, peer, problems } = await connected();
    const broken = failure(connection.host.hostname());
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
    const { connection, peer } = await connected();
    const listing = failure(connection.domains.listAll());
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
    const { connection, peer } = await connected();
    const calls = Array.from({ length: 7 }, () => failure(connection.host.hostname()));
    for (let index = 0; index < 5; index += 1) await peer.call('connectGetHostname');
    expect(peer.waiting).toBe(0);
    peer.socket.destroy();
    const errors = (await Promise.all(calls)) as LibvirtConnectionLost[];
    expect(errors.map((error) => error.effectKnown)).toEqual([false, false, false, false, false, true, true]);
    expect(await connection.ended).toBeInstanceOf(LibvirtConnectionLost);
  });

  test('hanging up politely is a loss by the host', async () => {
    const { connection, peer } = await connected();
    peer.socket.end();
    expect(await connection.ended).toMatchObject({ lossCause: 'closed-by-host' });
  });

  test('silence: keepalive notices', async () => {
    const { connection, peer } = await connected({
      supportsKeepalive: true,
      keepalive: { intervalMs: 10, unanswered: 2 },
    });
    const call = failure(connection.host.hostname());
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
    const { connection, peer } = await connected({
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
    const { peer } = await connected();
    peer.keepalive(keepaliveProcedures.ping);
    expect(await peer.next()).toMatchObject({
      program: programs.keepalive,
      procedure: keepaliveProcedures.pong,
    });
  });

  test('closing ourselves says goodbye and fails what is pending', async () => {
    const { connection, peer } = await connected();
    const call = failure(connection.host.hostname());
    await peer.call('connectGetHostname');
    const closing = connection.close();
    peer.reply(await peer.call('connectClose'), 'connectClose', undefined);
    await closing;
    expect(await call).toMatchObject({ lossCause: 'closed-by-us' });
    await connection.close();
  });
});

describe('deadlines and giving up', () => {
  test('a late answer is a time-out for its caller and no harm to others', async () => {
    const { connection, peer } = await connected();
    const late = failure(connection.host.hostname({ deadlineMs: 10 }));
    const call = await peer.call('connectGetHostname');
    expect(await late).toBeInstanceOf(LibvirtTimeout);
    expect(await late).toMatchObject({ procedure: 'CONNECT_GET_HOSTNAME', deadlineMs: 10 });
    peer.reply(call, 'connectGetHostname', { hostname: 'too late' });
    const next = connection.host.hostname();
    peer.reply(await peer.call('connectGetHostname'), 'connectGetHostname', { hostname: 'in time' });
    expect(await next).toBe('in time');
  });

  test('a signal stops the waiting, and a call in the queue is never sent', async () => {
    const { connection, peer } = await connected();
    const busy = Array.from({ length: 5 }, () => connection.host.hostname());
    const stop = new AbortController();
    const queued = failure(connection.host.uri({ signal: stop.signal }));
    stop.abort(new Error('the user changed their mind'));
    expect(await queued).toMatchObject({ message: 'the user changed their mind' });
    for (const answer of busy) {
      peer.reply(await peer.call('connectGetHostname'), 'connectGetHostname', { hostname: 'h' });
      expect(await answer).toBe('h');
    }
    expect(peer.waiting).toBe(0);
    expect(
      await failure(connection.host.uri({ signal: AbortSignal.abort(new Error('before')) })),
    ).toMatchObject({ message: 'before' });
  });

  test('slow calls without a deadline leave room to look at the host and its VMs', async () => {
    const { connection, peer } = await connected();
    const starts = Array.from({ length: 5 }, () => connection.domains.start(guest));
    const quick = connection.host.freeMemoryBytes();
    const taken = [];
    for (let index = 0; index < 3; index += 1) taken.push(await peer.call('domainCreateWithFlags'));
    peer.reply(await peer.call('nodeGetFreeMemory'), 'nodeGetFreeMemory', { freeMem: 9 });
    expect(await quick).toBe(9);
    expect(peer.waiting).toBe(0);
    const looking = connection.domains.info(guest);
    const look = await peer.call('domainGetInfo');
    peer.reply(look, 'domainGetInfo', { state: 1, maxMem: 4, memory: 4, nrVirtCpu: 2, cpuTime: 7n });
    expect(await looking).toMatchObject({ vcpus: 2 });
    for (const call of taken) peer.reply(call, 'domainCreateWithFlags', { dom: guest });
    for (let index = 0; index < 2; index += 1)
      peer.reply(await peer.call('domainCreateWithFlags'), 'domainCreateWithFlags', { dom: guest });
    expect(await Promise.all(starts)).toHaveLength(5);
  });

  test('a call with a deadline gives up waiting for a place, and says what holds them', async () => {
    const { connection, peer } = await connected();
    const starts = Array.from({ length: 3 }, () => connection.domains.start(guest));
    const slow = connection.domains.info(guest);
    const taken = [];
    for (let index = 0; index < 3; index += 1) taken.push(await peer.call('domainCreateWithFlags'));
    const look = await peer.call('domainGetInfo');
    const waiting = await failure(connection.domains.info(guest, { deadlineMs: 20 }));
    expect(waiting).toMatchObject({ name: 'LibvirtTimeout', procedure: 'DOMAIN_GET_INFO', wasSent: false });
    expect((waiting as Error).message).toMatch(
      /^The host is busy with (DOMAIN_CREATE_WITH_FLAGS \(for \d+ s\), ){3}DOMAIN_GET_INFO \(for \d+ s\): DOMAIN_GET_INFO could not be sent within 0 s\. Nothing was done/,
    );
    expect(peer.waiting).toBe(0);
    // Its place in the queue is free: the next one is sent as soon as there is room.
    const next = connection.domains.info(guest);
    const info = { state: 1, maxMem: 4, memory: 4, nrVirtCpu: 2, cpuTime: 7n };
    peer.reply(look, 'domainGetInfo', info);
    peer.reply(await peer.call('domainGetInfo'), 'domainGetInfo', info);
    expect(await Promise.all([slow, next])).toHaveLength(2);
    for (const call of taken) peer.reply(call, 'domainCreateWithFlags', { dom: guest });
    await Promise.all(starts);
  });

  test('a host that is stuck with four calls nobody waits for any more is given up', async () => {
    const { connection } = await connected();
    const info = () => failure(connection.domains.info(guest, { deadlineMs: 10 }));
    const errors = await Promise.all([info(), info(), info(), info()]);
    expect(errors.every((error) => error instanceof LibvirtTimeout)).toBe(true);
    expect(await connection.ended).toMatchObject({ lossCause: 'host-unresponsive' });
  });

  test('nor is one that answers nothing at all waited for behind five such calls', async () => {
    const { connection } = await connected();
    const calls = Array.from({ length: 5 }, () => failure(connection.host.hostname({ deadlineMs: 10 })));
    const behind = failure(connection.host.hostname());
    for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(LibvirtTimeout);
    expect(await behind).toMatchObject({ lossCause: 'host-unresponsive', effectKnown: true });
  });

  test('arguments that do not fit the protocol are refused here and leave the connection alone', async () => {
    const { connection, peer } = await connected();
    expect(await failure(connection.domains.lookupByUuid('not a uuid'))).toBeInstanceOf(RangeError);
    const next = connection.host.hostname();
    peer.reply(await peer.call('connectGetHostname'), 'connectGetHostname', { hostname: 'h' });
    expect(await next).toBe('h');
  });
});

describe('refusals', () => {
  test.each([
    { code: 42, name: 'VIR_ERR_NO_DOMAIN' },
    { code: 4_711, name: 'VIR_ERR_unknown-4711' },
  ])('error $code keeps its number and is called $name', async ({ code, name }) => {
    const { connection, peer } = await connected();
    const call = failure(connection.domains.lookupByName('vm1'));
    peer.refuse(await peer.call('domainLookupByName'), code, 'Domain not found');
    expect(await call).toBeInstanceOf(LibvirtError);
    expect(await call).toMatchObject({
      code,
      codeName: name,
      domainName: 'VIR_FROM_RPC',
      message: 'Domain not found',
      procedure: 'DOMAIN_LOOKUP_BY_NAME',
    });
  });
});

test.each([
  {
    code: 3,
    message: 'this function is not supported by the connection driver: virDomainGetMessages',
    isUnsupported: true,
  },
  { code: 39, message: 'unknown procedure: 442', isUnsupported: true },
  { code: 39, message: 'internal client error', isUnsupported: false },
  { code: 42, message: 'Domain not found', isUnsupported: false },
])('"$message" means unsupported: $isUnsupported', async ({ code, message, isUnsupported }) => {
  const { connection, peer } = await connected();
  const call = failure(connection.domains.messages(guest));
  peer.refuse(await peer.call('domainGetMessages'), code, message);
  expect(await call).toMatchObject({ code, isUnsupported });
});

describe('logging in', () => {
  async function opening(types: number[], after?: (peer: PeerConnection) => Promise<void>) {
    const open = failure(LibvirtConnection.open({ dial: server.dial }));
    const peer = await server.accept();
    peer.reply(await peer.call('authList'), 'authList', { types });
    await after?.(peer);
    return open;
  }

  test('SASL is refused in words', async () => {
    expect(await opening([1])).toBeInstanceOf(LibvirtAuthenticationError);
    expect(await opening([1])).toMatchObject({ message: expect.stringContaining('SASL') as string });
  });

  test('an unknown way is refused with its number', async () => {
    expect(await opening([9])).toMatchObject({
      message: expect.stringContaining('unknown way (9)') as string,
    });
  });

  test('polkit that says no is explained', async () => {
    const error = await opening([2], async (peer) =>
      peer.refuse(await peer.call('authPolkit'), 45, 'access denied by policy'),
    );
    expect(error).toBeInstanceOf(LibvirtAuthenticationError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/access denied by policy.*group libvirt/) as string,
    });
  });

  test('polkit that says yes goes on', async () => {
    const open = LibvirtConnection.open({ dial: server.dial });
    const peer = await server.accept();
    peer.reply(await peer.call('authList'), 'authList', { types: [2] });
    peer.reply(await peer.call('authPolkit'), 'authPolkit', { complete: 1 });
    peer.reply(await peer.call('connectOpen'), 'connectOpen', undefined);
    peer.reply(await peer.call('connectSupportsFeature'), 'connectSupportsFeature', { supported: false });
    expect((await open).isAlive).toBe(true);
  });

  test('a peer that accepts and says nothing is given up', async () => {
    const open = failure(LibvirtConnection.open({ dial: server.dial, connectTimeoutMs: 20 }));
    await server.accept();
    expect(await open).toMatchObject({
      lossCause: 'opening-timed-out',
      message: expect.stringContaining('did not finish opening libvirt') as string,
    });
  });
});

describe('events', () => {
  async function listening() {
    const pair = await connected();
    const heard: HostEvent[] = [];
    const listen = pair.connection.listen(['domainLifecycle'], (event) => heard.push(event));
    pair.peer.reply(
      await pair.peer.call('connectDomainEventCallbackRegisterAny'),
      'connectDomainEventCallbackRegisterAny',
      { callbackID: 3 },
    );
    return { ...pair, heard, registration: await listen };
  }
  const lifecycle = {
    program: programs.remote,
    version: 1,
    procedure: eventMessages.domainLifecycle.number,
    type: messageTypes.message,
    serial: 0,
    status: 0,
  };
  const started = { callbackID: 3, dom: guest, event: 2, detail: 0 };

  test('are delivered, and no more after stop', async () => {
    const { peer, heard, registration } = await listening();
    peer.socket.write(encodeMessage(lifecycle, eventMessages.domainLifecycle.payload, started));
    await vi.waitFor(() => expect(heard).toEqual([{ name: 'domainLifecycle', payload: started }]));
    const stopping = registration.stop();
    const call = await peer.call('connectDomainEventCallbackDeregisterAny');
    peer.socket.write(encodeMessage(lifecycle, eventMessages.domainLifecycle.payload, started));
    peer.reply(call, 'connectDomainEventCallbackDeregisterAny', undefined);
    await stopping;
    expect(heard).toHaveLength(1);
  });

  test('that are malformed or unknown are reported, and the next ones still come', async () => {
    const { peer, heard, problems } = await listening();
    peer.socket.write(
      encodeMessage(lifecycle, eventMessages.domainReboot.payload, { callbackID: 3, dom: guest }),
    );
    peer.socket.write(
      encodeMessage({ ...lifecycle, procedure: 9_999 }, eventMessages.domainReboot.payload, {
        callbackID: 3,
        dom: guest,
      }),
    );
    peer.socket.write(
      encodeMessage(lifecycle, eventMessages.domainLifecycle.payload, { ...started, event: 17 }),
    );
    await vi.waitFor(() => expect(heard).toHaveLength(1));
    expect(heard[0]?.payload).toMatchObject({ event: 17 });
    expect(problems).toEqual([
      expect.stringContaining('packet cut short'),
      expect.stringContaining('event 9999 of program 0x20008086 is not known'),
    ]);
  });

  test('that a host does not offer are named, the others come', async () => {
    const { connection, peer } = await connected();
    const listen = connection.listen(['domainLifecycle', 'domainMemoryFailure'], () => undefined);
    peer.reply(
      await peer.call('connectDomainEventCallbackRegisterAny'),
      'connectDomainEventCallbackRegisterAny',
      { callbackID: 0 },
    );
    peer.refuse(await peer.call('connectDomainEventCallbackRegisterAny'), 8, 'invalid eventID');
    expect((await listen).refused).toMatchObject([{ name: 'domainMemoryFailure', error: { code: 8 } }]);
  });
});
