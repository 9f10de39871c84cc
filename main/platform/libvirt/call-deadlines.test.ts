import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBytePeer, type BytePeer } from '../../testing/libvirt/byte-peer.ts';
import { connectedPeer, failureOf } from '../../testing/libvirt/connected-peer.ts';
import { LibvirtTimeout } from './libvirt-errors.ts';

let server: BytePeer;
beforeAll(async () => {
  server = await startBytePeer();
});
afterAll(() => server.stop());

const guest = { name: 'vm1', uuid: '11111111-2222-4333-8444-555555555555', id: 1 };

describe('deadlines and giving up', () => {
  test('a late answer is a time-out for its caller and no harm to others', async () => {
    const { connection, peer } = await connectedPeer(server);
    const late = failureOf(connection.host.hostname({ deadlineMs: 10 }));
    const call = await peer.call('connectGetHostname');
    expect(await late).toBeInstanceOf(LibvirtTimeout);
    expect(await late).toMatchObject({ procedure: 'CONNECT_GET_HOSTNAME', deadlineMs: 10 });
    peer.reply(call, 'connectGetHostname', { hostname: 'too late' });
    const next = connection.host.hostname();
    peer.reply(await peer.call('connectGetHostname'), 'connectGetHostname', { hostname: 'in time' });
    expect(await next).toBe('in time');
  });

  test('a signal stops the waiting, and a call in the queue is never sent', async () => {
    const { connection, peer } = await connectedPeer(server);
    const busy = Array.from({ length: 5 }, () => connection.host.hostname());
    const stop = new AbortController();
    const queued = failureOf(connection.host.uri({ signal: stop.signal }));
    stop.abort(new Error('the user changed their mind'));
    expect(await queued).toMatchObject({ message: 'the user changed their mind' });
    for (const answer of busy) {
      peer.reply(await peer.call('connectGetHostname'), 'connectGetHostname', { hostname: 'h' });
      expect(await answer).toBe('h');
    }
    expect(peer.waiting).toBe(0);
    expect(
      await failureOf(connection.host.uri({ signal: AbortSignal.abort(new Error('before')) })),
    ).toMatchObject({ message: 'before' });
  });

  test('slow calls without a deadline leave room to look at the host and its VMs', async () => {
    const { connection, peer } = await connectedPeer(server);
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
    const { connection, peer } = await connectedPeer(server);
    const starts = Array.from({ length: 3 }, () => connection.domains.start(guest));
    const slow = connection.domains.info(guest);
    const taken = [];
    for (let index = 0; index < 3; index += 1) taken.push(await peer.call('domainCreateWithFlags'));
    const look = await peer.call('domainGetInfo');
    const waiting = await failureOf(connection.domains.info(guest, { deadlineMs: 20 }));
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
    const { connection } = await connectedPeer(server);
    const info = () => failureOf(connection.domains.info(guest, { deadlineMs: 10 }));
    const errors = await Promise.all([info(), info(), info(), info()]);
    expect(errors.every((error) => error instanceof LibvirtTimeout)).toBe(true);
    expect(await connection.ended).toMatchObject({ lossCause: 'host-unresponsive' });
  });

  test('nor is one that answers nothing at all waited for behind five such calls', async () => {
    const { connection } = await connectedPeer(server);
    const calls = Array.from({ length: 5 }, () => failureOf(connection.host.hostname({ deadlineMs: 10 })));
    const behind = failureOf(connection.host.hostname());
    for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(LibvirtTimeout);
    expect(await behind).toMatchObject({ lossCause: 'host-unresponsive', effectKnown: true });
  });

  test('arguments that do not fit the protocol are refused here and leave the connection alone', async () => {
    const { connection, peer } = await connectedPeer(server);
    expect(await failureOf(connection.domains.lookupByUuid('not a uuid'))).toBeInstanceOf(RangeError);
    const next = connection.host.hostname();
    peer.reply(await peer.call('connectGetHostname'), 'connectGetHostname', { hostname: 'h' });
    expect(await next).toBe('h');
  });
});
