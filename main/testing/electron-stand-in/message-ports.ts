import { EventEmitter } from 'node:events';

/** Where a port lives after it was handed to another process or page. */
export interface Elsewhere {
  deliver(data: unknown): void;
  closed(): void;
}

/**
 * One end of a channel, as Electron's `MessagePortMain`: messages are copied, wait until `start()`, and a port that was handed
 * over cannot be used here any more.
 */
export class MessagePortStandIn extends EventEmitter {
  other: MessagePortStandIn | undefined;
  private readonly waiting: unknown[] = [];
  private isStarted = false;
  private isClosed = false;
  private elsewhere: Elsewhere | undefined;

  postMessage(message: unknown, transfer: readonly MessagePortStandIn[] = []): void {
    if (this.elsewhere) throw new Error('A port that was handed over cannot be used here.');
    if (transfer.length > 0) throw new Error('The stand-in does not hand ports over ports.');
    const copy: unknown = structuredClone(message);
    queueMicrotask(() => this.other?.receive(copy));
  }

  start(): void {
    this.isStarted = true;
    for (const data of this.waiting.splice(0)) this.emit('message', { data, ports: [] });
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    queueMicrotask(() => this.other?.otherClosed());
  }

  /** Answers how what comes back from there is put in: a message, or that it was closed there. */
  handOver(elsewhere: Elsewhere): Elsewhere {
    if (this.elsewhere) throw new Error('A port cannot be handed over twice.');
    this.elsewhere = elsewhere;
    for (const data of this.waiting.splice(0)) elsewhere.deliver(data);
    return {
      deliver: (data) => this.other?.receive(data),
      closed: () => this.close(),
    };
  }

  private receive(data: unknown): void {
    if (this.isClosed) return;
    if (this.elsewhere) this.elsewhere.deliver(data);
    else if (this.isStarted) this.emit('message', { data, ports: [] });
    else this.waiting.push(data);
  }

  private otherClosed(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.elsewhere) this.elsewhere.closed();
    else this.emit('close');
  }
}

export class MessageChannelStandIn {
  readonly port1 = new MessagePortStandIn();
  readonly port2 = new MessagePortStandIn();

  constructor() {
    this.port1.other = this.port2;
    this.port2.other = this.port1;
  }
}

/** What goes over the wire between the shell's process and the engine's. */
export type WireMessage =
  | { readonly kind: 'message'; readonly data: unknown; readonly ports: readonly number[] }
  | { readonly kind: 'port'; readonly id: number; readonly data: unknown }
  | { readonly kind: 'port-closed'; readonly id: number };
