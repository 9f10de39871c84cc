import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startBytePeer, type BytePeer, type PeerConnection } from '../../testing/libvirt/byte-peer.ts';
import { connectedPeer, failureOf } from '../../testing/libvirt/connected-peer.ts';
import { eventMessages } from './event-messages.ts';
import type { HostEvent } from './event-hub.ts';
import { LibvirtConnection } from './libvirt-connection.ts';
import { LibvirtAuthenticationError, LibvirtError } from './libvirt-errors.ts';
import { encodeMessage, messageTypes, programs } from './message-frame.ts';

let server: BytePeer;
beforeAll(async () => {
  server = await startBytePeer();
});
afterAll(() => server.stop());

const guest = { name: 'vm1', uuid: '11111111-2222-4333-8444-555555555555', id: 1 };

describe('refusals', () => {
  test.each([
    { code: 42, name: 'VIR_ERR_NO_DOMAIN' },
    { code: 4_711, name: 'VIR_ERR_unknown-4711' },
  ])('error $code keeps its number and is called $name', async ({ code, name }) => {
    const { connection, peer } = await connectedPeer(server);
    const call = failureOf(connection.domains.lookupByName('vm1'));
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
  const { connection, peer } = await connectedPeer(server);
  const call = failureOf(connection.domains.messages(guest));
  peer.refuse(await peer.call('domainGetMessages'), code, message);
  expect(await call).toMatchObject({ code, isUnsupported });
});

describe('logging in', () => {
  async function opening(types: number[], after?: (peer: PeerConnection) => Promise<void>) {
    const open = failureOf(LibvirtConnection.open({ dial: server.dial }));
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
    const open = failureOf(LibvirtConnection.open({ dial: server.dial, connectTimeoutMs: 20 }));
    await server.accept();
    expect(await open).toMatchObject({
      lossCause: 'opening-timed-out',
      message: expect.stringContaining('did not finish opening libvirt') as string,
    });
  });
});

describe('events', () => {
  async function listening() {
    const pair = await connectedPeer(server);
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
    const { connection, peer } = await connectedPeer(server);
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
