import type {
  CallerPipe,
  EnginePipe,
  FromCaller,
  FromEngine,
  MessagePipe,
} from '../../../shared/contract/messages.ts';

/** Two ends of a pipe inside one process: for the command line and for tests. Messages are copied, as a wire would. */
export function memoryPipe(): { caller: CallerPipe; engine: EnginePipe } {
  const caller = new End<FromCaller, FromEngine>();
  const engine = new End<FromEngine, FromCaller>();
  caller.other = engine;
  engine.other = caller;
  return { caller, engine };
}

class End<Out, In> implements MessagePipe<Out, In> {
  other: End<In, Out> | undefined;
  private messageListener: ((message: In) => void) | undefined;
  private readonly early: In[] = [];
  private readonly closeListeners: (() => void)[] = [];
  private isClosed = false;

  send(message: Out): void {
    if (this.isClosed) return;
    const copy = structuredClone(message);
    queueMicrotask(() => this.other?.deliver(copy));
  }

  onMessage(listener: (message: In) => void): void {
    this.messageListener = listener;
    for (const message of this.early.splice(0)) listener(message);
  }

  onClose(listener: () => void): void {
    if (this.isClosed) listener();
    else this.closeListeners.push(listener);
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    for (const listener of this.closeListeners.splice(0)) listener();
    // After what was said before it, as on a wire.
    queueMicrotask(() => this.other?.close());
  }

  private deliver(message: In): void {
    if (this.isClosed) return;
    if (this.messageListener) this.messageListener(message);
    else this.early.push(message);
  }
}
