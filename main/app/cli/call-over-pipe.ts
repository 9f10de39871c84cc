import type { CallerPipe, FromEngine } from '../../../shared/contract/messages.ts';
import { CallError } from '../../../shared/contract/call-error.ts';
import type { WireError } from '../../../shared/contract/wire-error.ts';

const gone: WireError = {
  kind: 'disconnected',
  sentence:
    'The engine ended before it answered. Ask again: a command with the same --key has its effect once.',
};

/** One caller over one pipe: what the command line needs of the message protocol. */
export class PipeCaller {
  private readonly pipe: CallerPipe;
  private readonly listeners = new Map<
    number,
    { message: (message: FromEngine) => void; closed: () => void }
  >();
  private nextId = 1;
  private isGone = false;

  constructor(pipe: CallerPipe) {
    this.pipe = pipe;
    pipe.onMessage((message) => {
      if ('id' in message) this.listeners.get(message.id)?.message(message);
    });
    pipe.onClose(() => {
      this.isGone = true;
      for (const listener of this.listeners.values()) listener.closed();
    });
  }

  /** @throws CallError */
  async call(
    op: string,
    input: unknown,
    options: { key?: string | undefined; signal?: AbortSignal } = {},
  ): Promise<unknown> {
    if (this.isGone) throw new CallError(gone);
    const id = this.nextId++;
    const cancel = (): void => this.pipe.send({ t: 'cancel', id });
    options.signal?.addEventListener('abort', cancel, { once: true });
    try {
      return await new Promise((resolve, reject) => {
        this.listeners.set(id, {
          message: (message) => {
            if (message.t === 'result') resolve(message.value);
            else if (message.t === 'error') reject(new CallError(message.error));
          },
          closed: () => reject(new CallError(gone)),
        });
        this.pipe.send({
          t: 'call',
          id,
          op,
          input,
          ...(options.key === undefined ? {} : { key: options.key }),
        });
      });
    } finally {
      this.listeners.delete(id);
      options.signal?.removeEventListener('abort', cancel);
    }
  }

  /** Items of a feed until it ends or `signal` aborts. @throws CallError */
  async follow(
    op: string,
    input: unknown,
    listener: (item: unknown, cursor: string | undefined) => void,
    options: { after?: string | undefined; signal: AbortSignal },
  ): Promise<void> {
    if (this.isGone) throw new CallError(gone);
    const id = this.nextId++;
    const cancel = (): void => this.pipe.send({ t: 'cancel', id });
    options.signal.addEventListener('abort', cancel, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        this.listeners.set(id, {
          message: (message) => {
            if (message.t === 'feed') {
              listener(message.item, message.cursor);
              this.pipe.send({ t: 'credit', id, more: 1 });
            } else if (message.t === 'feed-end') {
              if (message.error && message.error.kind !== 'cancelled') reject(new CallError(message.error));
              else resolve();
            }
          },
          closed: () => reject(new CallError(gone)),
        });
        this.pipe.send({
          t: 'subscribe',
          id,
          op,
          input,
          credit: 64,
          ...(options.after === undefined ? {} : { after: options.after }),
        });
      });
    } finally {
      this.listeners.delete(id);
      options.signal.removeEventListener('abort', cancel);
    }
  }

  close(): void {
    this.pipe.close();
  }
}
