import { duplexPair } from 'node:stream';
import type { Duplex } from 'node:stream';
import { afterEach, expect, test, vi } from 'vitest';
import { decodeWhole, nothing } from '../../platform/libvirt/xdr-codecs.ts';
import {
  encodeMessage,
  encodeRawMessage,
  keepaliveProcedures,
  messageStatuses,
  messageTypes,
  programs,
} from '../../platform/libvirt/message-frame.ts';
import type { Message, MessageHeader } from '../../platform/libvirt/message-frame.ts';
import { MessageParser } from '../../platform/libvirt/message-parser.ts';
import { errorReport } from '../../platform/libvirt/xdr-objects.ts';
import { procedures } from '../../platform/libvirt/procedures.ts';
import type { Handlers } from './procedure-table.ts';
import { RpcConnection } from './rpc-connection.ts';

const patience = { timeout: 60_000, interval: 5 };
const opened: Duplex[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.destroy();
});

function client(
  handlers: Handlers,
  isOpen = true,
): { send: (bytes: Buffer) => void; received: Message[]; socket: Duplex } {
  const [ours, theirs] = duplexPair();
  const connection = new RpcConnection(theirs, { handlers, delay: () => undefined, closed: () => undefined });
  connection.opened = isOpen;
  const received: Message[] = [];
  const parser = new MessageParser();
  ours.on('data', (chunk: Buffer) => received.push(...parser.push(Buffer.from(chunk))));
  opened.push(ours);
  return { send: (bytes) => void ours.write(bytes), received, socket: ours };
}

const header = (serial: number, more: Partial<MessageHeader> = {}): MessageHeader => ({
  program: programs.remote,
  version: 1,
  procedure: procedures.connectGetHostname.number,
  type: messageTypes.call,
  serial,
  status: messageStatuses.ok,
  ...more,
});
const call = (serial: number, more: Partial<MessageHeader> = {}): Buffer =>
  encodeMessage(header(serial, more), nothing, undefined);
const ping = encodeRawMessage(
  {
    program: programs.keepalive,
    version: 1,
    procedure: keepaliveProcedures.ping,
    type: messageTypes.message,
    serial: 0,
    status: 0,
  },
  Buffer.alloc(0),
);
const errorOf = (message: Message | undefined): string => {
  const report = decodeWhole(errorReport, message?.payload ?? Buffer.alloc(0), 'error');
  return `${report.code} ${report.message}`;
};

test('works on five calls at a time and reads nothing more meanwhile, not even a keepalive', async () => {
  const waiting: (() => void)[] = [];
  const { send, received } = client({
    connectGetHostname: async () => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return { hostname: 'x' };
    },
  });
  for (let serial = 1; serial <= 7; serial += 1) send(call(serial));
  send(ping);
  await vi.waitFor(() => expect(waiting).toHaveLength(5), patience);
  expect(received).toEqual([]);
  waiting[0]?.();
  await vi.waitFor(() => expect(waiting).toHaveLength(6), patience);
  expect(received.map((message) => message.serial)).toEqual([1]);
  for (const done of waiting) done();
  await vi.waitFor(() => expect(waiting).toHaveLength(7), patience);
  waiting[6]?.();
  await vi.waitFor(() => expect(received).toHaveLength(8), patience);
  expect(received.filter((message) => message.program === programs.keepalive)).toHaveLength(1);
});

test('answers out of order, each with its serial', async () => {
  const { send, received } = client({
    connectGetHostname: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return { hostname: 'x' };
    },
    connectGetType: () => ({ type: 'QEMU' }),
  });
  send(call(1));
  send(call(2, { procedure: procedures.connectGetType.number }));
  await vi.waitFor(() => expect(received.map((message) => message.serial)).toEqual([2, 1]), patience);
});

test.each<[string, Buffer, string, boolean]>([
  ['a number of tomorrow', call(1, { procedure: 4_711 }), '39 unknown procedure: 4711', true],
  ['another program', call(1, { program: 0x1234 }), '39 Cannot find program 4660 version 1', true],
  [
    'a call nobody simulates',
    call(1),
    '3 this function is not supported by the connection driver: connectGetHostname',
    true,
  ],
  ['a call before the connection is open', call(1), '1 internal error: connection not open', false],
  [
    'arguments cut short',
    call(1, { procedure: procedures.domainCreate.number }),
    '39 Unable to decode message payload',
    true,
  ],
])('refuses %s', async (_what, bytes, expected, isOpen) => {
  const { send, received } = client({}, isOpen);
  send(bytes);
  await vi.waitFor(() => expect(received).toHaveLength(1), patience);
  expect(received[0]).toMatchObject({ serial: 1, type: messageTypes.reply, status: messageStatuses.error });
  expect(errorOf(received[0])).toContain(expected);
});

test('hangs up on who does not speak the protocol', async () => {
  const { send, socket } = client({});
  const ended = new Promise<void>((resolve) => socket.once('end', resolve));
  socket.resume();
  send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  await ended;
});
