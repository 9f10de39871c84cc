import type { CallerPipe, FromCaller, FromEngine } from '../../shared/contract/messages.ts';
import type { Transport } from './transport.ts';

/** Where the browser host takes the protocol; the cookie set at the first load is the key. */
export const ENGINE_SOCKET_PATH = '/engine';

class SocketPipe implements CallerPipe {
  private readonly socket: WebSocket;
  private messageListener: ((message: FromEngine) => void) | undefined;
  private readonly early: FromEngine[] = [];

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener('message', (event: MessageEvent<unknown>) => {
      if (typeof event.data !== 'string') return;
      // The engine is our own and checks what it sends; the page trusts its form.
      const message = JSON.parse(event.data) as FromEngine;
      if (this.messageListener) this.messageListener(message);
      else this.early.push(message);
    });
  }

  send(message: FromCaller): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  onMessage(listener: (message: FromEngine) => void): void {
    this.messageListener = listener;
    for (const message of this.early.splice(0)) listener(message);
  }

  onClose(listener: () => void): void {
    if (this.socket.readyState === WebSocket.CLOSED) listener();
    else this.socket.addEventListener('close', listener, { once: true });
  }

  close(): void {
    this.socket.close();
  }
}

/** The browser host: a WebSocket to where the page came from. `to`: the installation, empty for the first. */
export function webSocketTransport(page: Location, to = ''): Transport {
  const address = new URL(to === '' ? ENGINE_SOCKET_PATH : `${ENGINE_SOCKET_PATH}/${to}`, page.href);
  address.protocol = page.protocol === 'https:' ? 'wss:' : 'ws:';
  return {
    kind: 'websocket',
    connect: () =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(address);
        const pipe = new SocketPipe(socket);
        socket.addEventListener(
          'open',
          () => {
            resolve(pipe);
          },
          { once: true },
        );
        socket.addEventListener(
          'error',
          () => {
            reject(new Error('the engine did not answer'));
          },
          { once: true },
        );
      }),
  };
}
