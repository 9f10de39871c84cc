import { portTransport } from './port-transport.ts';
import type { Transport } from './transport.ts';
import { webSocketTransport } from './websocket-transport.ts';

/** The desktop's bridge where there is one, else the browser host's WebSocket. */
export function pickTransport(): Transport {
  return window.innkeeper ? portTransport(window.innkeeper) : webSocketTransport(window.location);
}
