import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dial } from '../../platform/libvirt/dialer.ts';
import {
  encodeMessage,
  encodeRawMessage,
  messageStatuses,
  messageTypes,
  programs,
} from '../../platform/libvirt/message-frame.ts';
import type { Message, MessageHeader } from '../../platform/libvirt/message-frame.ts';
import { MessageParser } from '../../platform/libvirt/message-parser.ts';
import { procedures } from '../../platform/libvirt/procedures.ts';
import type { ProcedureName, Procedures } from '../../platform/libvirt/procedures.ts';
import type { AnsweredResult } from '../../platform/libvirt/procedure.ts';
import { unixDialer } from '../../platform/libvirt/socket-dialers.ts';
import { errorReport } from '../../platform/libvirt/xdr-objects.ts';

/** For tests: the other end of one connection, byte by byte, as polite or as hostile as the test wants. */
export class PeerConnection {
  readonly socket: Socket;
  readonly #received: Message[] = [];
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    const parser = new MessageParser();
    socket.on('data', (chunk: Buffer) => {
      this.#received.push(...parser.push(chunk));
      this.#wake?.();
    });
    socket.on('error', () => undefined);
  }

  /** The next message the client sent. */
  async next(): Promise<Message> {
    for (;;) {
      const message = this.#received.shift();
      if (message !== undefined) return message;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }

  /** How many messages wait to be taken. */
  get waiting(): number {
    return this.#received.length;
  }

  /** The next message, which has to be this call. */
  async call(name: ProcedureName): Promise<Message> {
    const message = await this.next();
    if (message.type !== messageTypes.call || message.procedure !== procedures[name].number) {
      throw new Error(
        `expected the call ${name}, the client sent procedure ${message.procedure} of type ${message.type}`,
      );
    }
    return message;
  }

  reply<N extends ProcedureName>(to: MessageHeader, name: N, result: AnsweredResult<Procedures[N]>): void {
    this.socket.write(
      encodeMessage(
        { ...to, type: messageTypes.reply, status: messageStatuses.ok },
        procedures[name].result as never,
        result as never,
      ),
    );
  }

  refuse(to: MessageHeader, code: number, message: string): void {
    const nothing = { str1: null, str2: null, str3: null, int1: 0, int2: 0, dom: null, net: null };
    const type = to.type === messageTypes.stream ? messageTypes.stream : messageTypes.reply;
    this.socket.write(
      encodeMessage({ ...to, type, status: messageStatuses.error }, errorReport, {
        code,
        domain: 7,
        level: 2,
        message,
        ...nothing,
      }),
    );
  }

  /** A stream packet belonging to the call that opened the stream. */
  stream(
    of: MessageHeader,
    status: keyof typeof messageStatuses,
    bytes: Uint8Array = new Uint8Array(),
  ): void {
    this.socket.write(
      encodeRawMessage({ ...of, type: messageTypes.stream, status: messageStatuses[status] }, bytes),
    );
  }

  keepalive(procedure: number): void {
    this.socket.write(
      encodeRawMessage(
        {
          program: programs.keepalive,
          version: 1,
          procedure,
          type: messageTypes.message,
          serial: 0,
          status: 0,
        },
        new Uint8Array(),
      ),
    );
  }

  /** The politeness of a daemon until the connection is open. */
  async welcome(supportsKeepalive = false): Promise<void> {
    this.reply(await this.call('authList'), 'authList', { types: [0] });
    this.reply(await this.call('connectOpen'), 'connectOpen', undefined);
    this.reply(await this.call('connectSupportsFeature'), 'connectSupportsFeature', {
      supported: supportsKeepalive,
    });
  }
}

export type BytePeer = {
  readonly dial: Dial;
  /** The next client that dials. */
  readonly accept: () => Promise<PeerConnection>;
  readonly stop: () => Promise<void>;
};

export async function startBytePeer(): Promise<BytePeer> {
  const folder = await mkdtemp(join(tmpdir(), 'ik-peer-'));
  const socketPath = join(folder, 'sock');
  const server = createServer();
  const sockets = new Set<Socket>();
  const accepted: PeerConnection[] = [];
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    accepted.push(new PeerConnection(socket));
    server.emit('accepted');
  });
  server.listen(socketPath);
  await once(server, 'listening');
  return {
    dial: unixDialer(socketPath),
    accept: async () => {
      for (;;) {
        const peer = accepted.shift();
        if (peer !== undefined) return peer;
        await once(server, 'accepted');
      }
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
