import type { CallerPipe, EnginePipe } from '../../../shared/contract/messages.ts';

/** Connects a console's pipe to another engine's: what one says the other hears; when one ends, both do. */
export function forwardPipes(console: EnginePipe, engine: CallerPipe): void {
  console.onMessage((message) => engine.send(message));
  engine.onMessage((message) => console.send(message));
  console.onClose(() => engine.close());
  engine.onClose(() => console.close());
}
