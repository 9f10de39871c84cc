import type { CallerPipe } from '../../shared/contract/messages.ts';

/** A way to the engine. `connect` gives an open pipe, or rejects; it is called again after every loss. */
export interface Transport {
  readonly kind: 'websocket' | 'port' | 'memory';
  connect(): Promise<CallerPipe>;
}
