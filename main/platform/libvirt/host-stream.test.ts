import { getEventListeners, once } from 'node:events';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startBytePeer } from '../../testing/libvirt/byte-peer.ts';
import type { BytePeer } from '../../testing/libvirt/byte-peer.ts';
import { LibvirtConnection } from './libvirt-connection.ts';
import { LibvirtConnectionLost, LibvirtError } from './libvirt-errors.ts';
import type { CallOptions } from './rpc-channel.ts';
import { encodeMessage, messageStatuses, messageTypes } from './message-frame.ts';
import type { Message } from './message-frame.ts';
import { streamHole } from './xdr-objects.ts';

let server: BytePeer;
beforeAll(async () => {
  server = await startBytePeer();
});
afterAll(() => server.stop());

const volume = { pool: 'disks', name: 'a.raw', key: '/disks/a.raw' };
const guest = { name: 'vm1', uuid: '11111111-2222-4333-8444-555555555555', id: 1 };

async function connected() {
  const opening = LibvirtConnection.open({ dial: server.dial });
  const peer = await server.accept();
  await peer.welcome();
  const connection = await opening;
  onTestFinished(() => {
    peer.socket.destroy();
  });
  return { connection, peer };
}

async function download() {
  const { connection, peer } = await connected();
  const opening = connection.storage.downloadVolume(volume);
  const call = await peer.call('storageVolDownload');
  peer.reply(call, 'storageVolDownload', undefined);
  return { connection, peer, call, stream: await opening };
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error,
  );
const isStatus = (message: Message, status: keyof typeof messageStatuses) =>
  message.type === messageTypes.stream &&
  message.status === messageStatuses[status] &&
  message.payload.length === 0;

async function read(stream: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}

describe('downloading', () => {
  test('ends only when the host has confirmed the end', async () => {
    const { peer, call, stream } = await download();
    const reading = read(stream);
    peer.stream(call, 'continue', Buffer.from('first '));
    peer.stream(call, 'continue', Buffer.from('second'));
    peer.stream(call, 'continue');
    expect(isStatus(await peer.next(), 'ok')).toBe(true);
    expect(stream.readableEnded).toBe(false);
    peer.stream(call, 'ok');
    expect((await reading).toString()).toBe('first second');
  });

  test('data that comes before the answer to the call waits for it, and keeps nothing else out', async () => {
    const { connection, peer } = await connected();
    const opening = connection.storage.downloadVolume(volume);
    const call = await peer.call('storageVolDownload');
    peer.stream(call, 'continue', Buffer.from('early '));
    const asking = connection.host.hostname();
    peer.reply(await peer.call('connectGetHostname'), 'connectGetHostname', { hostname: 'hv1' });
    expect(await asking).toBe('hv1');
    peer.reply(call, 'storageVolDownload', undefined);
    const reading = read(await opening);
    peer.stream(call, 'continue', Buffer.from('and late'));
    peer.stream(call, 'continue');
    expect(isStatus(await peer.next(), 'ok')).toBe(true);
    peer.stream(call, 'ok');
    expect((await reading).toString()).toBe('early and late');
  });

  test('a signal ends it while nothing comes, and leaves nothing on the signal that outlives it', async () => {
    const { connection, peer } = await connected();
    const stop = new AbortController();
    const start = async () => {
      const opening = connection.storage.downloadVolume(volume, {}, { signal: stop.signal });
      const call = await peer.call('storageVolDownload');
      peer.reply(call, 'storageVolDownload', undefined);
      return { call, stream: await opening };
    };
    const whole = await start();
    const reading = read(whole.stream);
    peer.stream(whole.call, 'continue');
    expect(isStatus(await peer.next(), 'ok')).toBe(true);
    peer.stream(whole.call, 'ok');
    await reading;
    await expect.poll(() => getEventListeners(stop.signal, 'abort').length).toBe(0);
    const { stream } = await start();
    const stalled = failure(read(stream));
    stop.abort(new Error('cancelled'));
    expect(await stalled).toMatchObject({ message: 'cancelled' });
    expect(isStatus(await peer.next(), 'error')).toBe(true);
  });

  test('an error in the middle fails the reader with what the host said', async () => {
    const { peer, call, stream } = await download();
    const reading = failure(read(stream));
    peer.stream(call, 'continue', Buffer.from('some'));
    peer.refuse({ ...call, type: messageTypes.stream }, 38, 'Input/output error');
    expect(await reading).toBeInstanceOf(LibvirtError);
    expect(await reading).toMatchObject({ codeName: 'VIR_ERR_SYSTEM_ERROR', message: 'Input/output error' });
  });

  test('an end the host takes back fails the reader', async () => {
    const { peer, call, stream } = await download();
    const reading = failure(read(stream));
    peer.stream(call, 'continue');
    peer.refuse(await peer.next(), 38, 'could not close');
    expect(await reading).toMatchObject({ message: 'could not close' });
  });

  test('a lost connection fails the reader', async () => {
    const { peer, stream } = await download();
    const reading = failure(read(stream));
    peer.socket.destroy();
    expect(await reading).toBeInstanceOf(LibvirtConnectionLost);
  });

  test('a connection lost while the host has yet to answer fails the one who asked, and nobody else', async () => {
    const { connection, peer } = await connected();
    const opening = failure(connection.storage.downloadVolume(volume));
    await peer.call('storageVolDownload');
    peer.socket.destroy();
    expect(await opening).toBeInstanceOf(LibvirtConnectionLost);
    await connection.ended;
  });

  test('an error that comes with the answer is told to whoever reads', async () => {
    const { connection, peer } = await connected();
    const opening = connection.storage.downloadVolume(volume);
    const call = await peer.call('storageVolDownload');
    peer.socket.cork();
    peer.reply(call, 'storageVolDownload', undefined);
    peer.refuse({ ...call, type: messageTypes.stream }, 38, 'Input/output error');
    peer.socket.uncork();
    expect(await failure(read(await opening))).toMatchObject({ message: 'Input/output error' });
  });

  test('giving up aborts on the host, and what still comes is swallowed', async () => {
    const { connection, peer, call, stream } = await download();
    stream.destroy();
    expect(isStatus(await peer.next(), 'error')).toBe(true);
    peer.stream(call, 'continue', Buffer.from('late'));
    peer.stream(call, 'ok');
    const next = connection.host.hostname();
    peer.reply(await peer.call('connectGetHostname'), 'connectGetHostname', { hostname: 'h' });
    expect(await next).toBe('h');
  });

  test('a reader that does not read stops the peer from sending', async () => {
    const { peer, call, stream } = await download();
    let sent = 0;
    const piece = Buffer.alloc(200_000, 1);
    while (peer.socket.writableLength < 4_000_000) {
      peer.stream(call, 'continue', piece);
      sent += piece.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(stream.readableLength).toBeLessThan(3_000_000);
    peer.stream(call, 'continue');
    const reading = read(stream);
    expect(isStatus(await peer.next(), 'ok')).toBe(true);
    peer.stream(call, 'ok');
    expect((await reading).length).toBe(sent);
  });

  test('a reader that pauses for long is not taken for a dead host', async () => {
    const opening = LibvirtConnection.open({
      dial: server.dial,
      bulk: true,
      keepalive: { intervalMs: 500, unanswered: 1 },
    });
    const peer = await server.accept();
    peer.reply(await peer.call('authList'), 'authList', { types: [0] });
    peer.reply(await peer.call('connectOpen'), 'connectOpen', undefined);
    const connection = await opening;
    onTestFinished(() => {
      peer.socket.destroy();
    });
    const downloading = connection.storage.downloadVolume(volume);
    const call = await peer.call('storageVolDownload');
    peer.reply(call, 'storageVolDownload', undefined);
    const stream = await downloading;
    for (let piece = 0; piece < 12; piece += 1) peer.stream(call, 'continue', Buffer.alloc(200_000));
    await vi.waitFor(() => expect(peer.socket.writableLength).toBeGreaterThan(0));
    // Three times what it takes to give up a silent host: six ticks of its own timer.
    let ticks = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setInterval(() => (ticks += 1) === 6 && resolve(), 500);
    await promise;
    clearInterval(timer);
    expect(connection.isAlive).toBe(true);
    peer.stream(call, 'continue');
    const reading = read(stream);
    await expect.poll(async () => isStatus(await peer.next(), 'ok')).toBe(true);
    peer.stream(call, 'ok');
    expect((await reading).length).toBe(12 * 200_000);
  });

  test('a hole becomes zeros, as fast as they are read', async () => {
    const { peer, call, stream } = await download();
    const holeBytes = 3_000_000;
    peer.stream(call, 'continue', Buffer.from('a'));
    peer.socket.write(
      encodeMessage(
        { ...call, type: messageTypes.streamHole, status: messageStatuses.continue },
        streamHole,
        { length: holeBytes, flags: 0 },
      ),
    );
    peer.stream(call, 'continue', Buffer.from('z'));
    peer.stream(call, 'continue');
    const reading = read(stream);
    expect(isStatus(await peer.next(), 'ok')).toBe(true);
    peer.stream(call, 'ok');
    const bytes = await reading;
    expect(bytes.length).toBe(holeBytes + 2);
    expect(bytes.indexOf('z')).toBe(holeBytes + 1);
  });
});

describe('uploading', () => {
  test('is cut into packets, and done when the host confirms', async () => {
    const { connection, peer } = await connected();
    const progress: number[] = [];
    const bytes = Buffer.alloc(600_000, 3);
    const uploading = connection.storage.uploadVolume(
      volume,
      { offsetBytes: 4_096, lengthBytes: bytes.length },
      Readable.from([bytes]),
      { onProgress: (done) => progress.push(done) },
    );
    const call = await peer.call('storageVolUpload');
    peer.reply(call, 'storageVolUpload', undefined);
    const packets = [await peer.next(), await peer.next(), await peer.next()];
    expect(packets.map((packet) => packet.payload.length)).toEqual([262_120, 262_120, 75_760]);
    expect(
      packets.every((packet) => packet.serial === call.serial && packet.status === messageStatuses.continue),
    ).toBe(true);
    expect(isStatus(await peer.next(), 'ok')).toBe(true);
    expect(progress).toEqual([262_120, 524_240, 600_000]);
    peer.stream(call, 'ok');
    await uploading;
  });

  test('a refusal in the middle is what the caller gets, though the source has more', async () => {
    const { connection, peer } = await connected();
    async function* endless() {
      for (;;) {
        yield Buffer.alloc(100_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    const uploading = failure(connection.storage.uploadVolume(volume, {}, endless()));
    const call = await peer.call('storageVolUpload');
    peer.reply(call, 'storageVolUpload', undefined);
    peer.refuse(await peer.next(), 38, 'No space left on device');
    expect(await uploading).toMatchObject({ message: 'No space left on device' });
  });

  test('a source that fails aborts on the host', async () => {
    const { connection, peer } = await connected();
    async function* broken() {
      yield Buffer.from('begin');
      throw new Error('the file is gone');
    }
    const uploading = failure(connection.storage.uploadVolume(volume, {}, broken()));
    const call = await peer.call('storageVolUpload');
    peer.reply(call, 'storageVolUpload', undefined);
    expect((await peer.next()).payload.toString()).toBe('begin');
    expect(isStatus(await peer.next(), 'error')).toBe(true);
    expect(await uploading).toMatchObject({ message: 'the file is gone' });
  });

  test('a signal aborts on the host', async () => {
    const { connection, peer } = await connected();
    const stop = new AbortController();
    async function* waiting() {
      yield Buffer.from('begin');
      await once(stop.signal, 'abort');
      yield Buffer.from('never');
    }
    const uploading = failure(
      connection.storage.uploadVolume(volume, {}, waiting(), { signal: stop.signal }),
    );
    const call = await peer.call('storageVolUpload');
    peer.reply(call, 'storageVolUpload', undefined);
    await peer.next();
    stop.abort(new Error('cancelled by the user'));
    expect(isStatus(await peer.next(), 'error')).toBe(true);
    expect(await uploading).toMatchObject({ name: expect.stringMatching(/AbortError|Error/) as string });
  });
});

describe('a picture of the screen', () => {
  async function halfAPicture(options: CallOptions) {
    const { connection, peer } = await connected();
    const taking = failure(connection.domains.screenshot(guest, {}, options));
    const call = await peer.call('domainScreenshot');
    peer.reply(call, 'domainScreenshot', { mime: 'image/png' });
    peer.stream(call, 'continue', Buffer.from('half of it'));
    return { connection, peer, taking };
  }

  test('that stops coming is given up on the host when its time is over', async () => {
    const { peer, taking } = await halfAPicture({ deadlineMs: 300 });
    expect(await taking).toMatchObject({ name: 'LibvirtTimeout', procedure: 'DOMAIN_SCREENSHOT' });
    expect(isStatus(await peer.next(), 'error')).toBe(true);
  });

  test('that nobody wants any more is given up on the host', async () => {
    const stop = new AbortController();
    const { connection, peer, taking } = await halfAPicture({ signal: stop.signal });
    const next = connection.host.hostname();
    peer.reply(await peer.call('connectGetHostname'), 'connectGetHostname', { hostname: 'h' });
    await next;
    stop.abort(new Error('the page was closed'));
    expect(await taking).toMatchObject({ message: 'the page was closed' });
    expect(isStatus(await peer.next(), 'error')).toBe(true);
  });
});

describe('a console', () => {
  test('goes both ways, and ends when the guest does', async () => {
    const { connection, peer } = await connected();
    const opening = connection.domains.openConsole(guest);
    const call = await peer.call('domainOpenConsole');
    peer.reply(call, 'domainOpenConsole', undefined);
    const console = await opening;
    const heard = vi.fn<(text: string) => void>();
    console.on('data', (bytes: Buffer) => heard(bytes.toString()));
    console.write('root\n');
    expect((await peer.next()).payload.toString()).toBe('root\n');
    peer.stream(call, 'continue', Buffer.from('Password: '));
    await vi.waitFor(() => expect(heard).toHaveBeenCalledWith('Password: '));
    const closed = once(console, 'close');
    peer.stream(call, 'continue');
    expect(isStatus(await peer.next(), 'ok')).toBe(true);
    peer.stream(call, 'ok');
    await closed;
    expect(console.readableEnded).toBe(true);
  });
});

test('closing does not wait behind calls that hang, however many', async () => {
  const { connection } = await connected();
  const hanging = Array.from({ length: 6 }, () => failure(connection.host.hostname()));
  await connection.close();
  for (const call of hanging) expect(await call).toMatchObject({ lossCause: 'closed-by-us' });
});
