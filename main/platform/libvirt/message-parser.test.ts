import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fixtureBytes } from '../../testing/libvirt/fixture-bytes.ts';
import { LibvirtProtocolError } from './libvirt-errors.ts';
import { encodeRawMessage } from './message-frame.ts';
import type { Message } from './message-frame.ts';
import { MessageParser } from './message-parser.ts';
import { limits } from './xdr-limits.ts';

const packets = [
  'reply-auth-list',
  'stream-finish',
  'event-domain-lifecycle',
  'reply-error-no-domain',
  'reply-list-all-domains',
].map(fixtureBytes);
const stream = Buffer.concat(packets);
const whole = new MessageParser().push(stream).map(plain);

/** Buffers of different origin compare by content. */
function plain(message: Message) {
  return { ...message, payload: message.payload.toString('hex') };
}

function parseInPieces(bytes: Buffer, cuts: readonly number[]) {
  const parser = new MessageParser();
  const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
  const messages = edges
    .slice(1)
    .flatMap((end, index) => parser.push(Buffer.from(bytes.subarray(edges[index], end))));
  return { messages: messages.map(plain), pendingBytes: parser.pendingBytes };
}

function header(length: number): Buffer {
  const bytes = Buffer.alloc(28);
  bytes.writeUInt32BE(length, 0);
  return bytes;
}

describe('cutting a byte stream into messages', () => {
  test('the whole stream at once gives one message per packet', () => {
    expect(whole.map((message) => message.payload.length / 2 + 28)).toEqual(
      packets.map((packet) => packet.length),
    );
  });

  test('every single split gives the same messages', () => {
    for (let cut = 0; cut <= stream.length; cut += 1) {
      expect(parseInPieces(stream, [cut])).toEqual({ messages: whole, pendingBytes: 0 });
    }
  });

  test('byte by byte gives the same messages', () => {
    expect(parseInPieces(stream, Array.from(stream.keys())).messages).toEqual(whole);
  });

  test('any cuts give the same messages', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 40 }), (cuts) => {
        expect(parseInPieces(stream, cuts).messages).toEqual(whole);
      }),
    );
  });

  test('an unfinished message is known by its bytes', () => {
    expect(parseInPieces(stream.subarray(0, stream.length - 1), []).pendingBytes).toBe(
      packets.at(-1)!.length - 1,
    );
  });

  test('the longest stream packet goes through', () => {
    const head = { program: 1, version: 1, procedure: 1, type: 3, serial: 1, status: 2 };
    const packet = encodeRawMessage(head, Buffer.alloc(limits.streamPacketBytes, 7));
    expect(parseInPieces(packet, [3, 70_000, 200_000]).messages).toEqual(
      new MessageParser().push(packet).map(plain),
    );
    expect(() => encodeRawMessage(head, Buffer.alloc(limits.streamPacketBytes + 1))).toThrow(RangeError);
  });
});

describe('lengths out of bounds are refused before anything is kept', () => {
  test.each([
    { length: 0, says: /too short/ },
    { length: 4, says: /too short/ },
    { length: 27, says: /too short/ },
    { length: limits.messageBytes + 5, says: /over the protocol's limit/ },
    { length: 0x7fff_ffff, says: /over the protocol's limit/ },
    { length: 0xffff_ffff, says: /over the protocol's limit/ },
    { length: Buffer.from('SSH-').readUInt32BE(), says: /Is this libvirt/ },
  ])('$length', ({ length, says }) => {
    expect(() => new MessageParser().push(header(length))).toThrow(LibvirtProtocolError);
    expect(() => new MessageParser().push(header(length))).toThrow(says);
    const parser = new MessageParser();
    parser.push(header(length).subarray(0, 3));
    expect(() => parser.push(header(length).subarray(3, 4))).toThrow(says);
  });

  test('the longest length allowed is waited for without being allocated', () => {
    const parser = new MessageParser();
    expect(parser.push(header(limits.messageBytes + 4))).toEqual([]);
    expect(parser.pendingBytes).toBe(28);
  });
});
