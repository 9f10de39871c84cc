import type { CallerPipe, FromCaller, FromEngine } from '../../shared/contract/messages.ts';
import type { Transport } from './transport.ts';

/** What the preload bridge puts on the window of the desktop. */
export interface DesktopBridge {
  /** Asks for a new port to the engine of an installation; it comes as a `message` event of the window, `{ innkeeper: 'port', to }`, with the port. */
  requestPort(to?: string): void;
  /** Asks the shell by name: a file dialog, a notification. */
  ask(name: string, input?: unknown): Promise<unknown>;
  /** Hears what the shell says: a menu item, a link that was opened. Answers how to stop. */
  onSay(listener: (name: string, value: unknown) => void): () => void;
}

declare global {
  interface Window {
    innkeeper?: DesktopBridge;
  }
}

const PORT_WAIT_MS = 10_000;

function pipeOf(port: MessagePort): CallerPipe {
  const closeListeners: (() => void)[] = [];
  let isClosed = false;
  const end = (): void => {
    if (isClosed) return;
    isClosed = true;
    for (const listener of closeListeners.splice(0)) listener();
  };
  // Chromium tells when the other end is gone (the engine's process ended).
  port.addEventListener('close', end);
  return {
    send: (message: FromCaller) => {
      if (!isClosed) port.postMessage(message);
    },
    onMessage: (listener: (message: FromEngine) => void) => {
      port.addEventListener('message', (event: MessageEvent<FromEngine>) => {
        listener(event.data);
      });
      port.start();
    },
    onClose: (listener) => {
      if (isClosed) listener();
      else closeListeners.push(listener);
    },
    close: () => {
      port.close();
      end();
    },
  };
}

/** The desktop: a MessagePort to the engine's process, handed over by the preload bridge. `to`: the installation, empty for the first. */
export function portTransport(bridge: DesktopBridge, to = ''): Transport {
  return {
    kind: 'port',
    connect: () =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          window.removeEventListener('message', take);
          reject(new Error('the engine did not answer'));
        }, PORT_WAIT_MS);
        function take(event: MessageEvent<{ innkeeper?: string; to?: string }>): void {
          const [port] = event.ports;
          if (event.source !== window || event.data.innkeeper !== 'port' || !port) return;
          if (event.data.to !== to) return;
          clearTimeout(timer);
          window.removeEventListener('message', take);
          resolve(pipeOf(port));
        }
        window.addEventListener('message', take);
        bridge.requestPort(to);
      }),
  };
}
