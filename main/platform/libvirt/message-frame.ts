import type { Codec } from './xdr-codecs.ts';
import { limits } from './xdr-limits.ts';
import { XdrWriter } from './xdr-writer.ts';

/** Program numbers (virnetprotocol.x, remote_protocol.x, qemu_protocol.x, virkeepaliveprotocol.x); each speaks version 1. */
export const programs = { remote: 0x2000_8086, qemu: 0x2000_8087, keepalive: 0x6b65_6570 } as const;
export type ProgramName = keyof typeof programs;
export const PROTOCOL_VERSION = 1;

/** `virNetMessageType` */
export const messageTypes = {
  call: 0,
  reply: 1,
  message: 2,
  stream: 3,
  callWithFds: 4,
  replyWithFds: 5,
  streamHole: 6,
} as const;

/** `virNetMessageStatus` */
export const messageStatuses = { ok: 0, error: 1, continue: 2 } as const;

/** `keepalive_procedure` */
export const keepaliveProcedures = { ping: 1, pong: 2 } as const;

/** Numbers stay numbers: a program, procedure, type or status of tomorrow reaches whoever decides about it. */
export type MessageHeader = {
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly type: number;
  /** Matches a reply or stream packet to its call; 0 for events. */
  readonly serial: number;
  readonly status: number;
};

export type Message = MessageHeader & {
  /** What follows the header. Shares memory with the bytes received: copy what is kept. */
  readonly payload: Buffer;
};

function writeHeader(writer: XdrWriter, header: MessageHeader): void {
  writer.uint32(0);
  writer.uint32(header.program);
  writer.uint32(header.version);
  writer.int32(header.procedure);
  writer.int32(header.type);
  writer.uint32(header.serial);
  writer.int32(header.status);
}

function finish(writer: XdrWriter): Buffer {
  writer.setUint32(0, writer.writtenBytes);
  return writer.finish();
}

/** A complete packet, length word included, with a payload of one XDR value. Throws RangeError where the value does not fit the protocol. */
export function encodeMessage<In>(header: MessageHeader, codec: Codec<unknown, In>, value: In): Buffer {
  const writer = new XdrWriter();
  writeHeader(writer, header);
  codec.encode(writer, value);
  return finish(writer);
}

/** A complete packet whose payload is raw bytes (stream data) or empty. */
export function encodeRawMessage(header: MessageHeader, payload: Uint8Array): Buffer {
  const writer = new XdrWriter();
  writeHeader(writer, header);
  if (payload.length > limits.streamPacketBytes) {
    throw new RangeError(
      `stream packet of ${payload.length} bytes, the protocol allows ${limits.streamPacketBytes}`,
    );
  }
  const head = writer.finish();
  const packet = Buffer.allocUnsafe(head.length + payload.length);
  packet.set(head, 0);
  packet.set(payload, head.length);
  packet.writeUInt32BE(packet.length, 0);
  return packet;
}
