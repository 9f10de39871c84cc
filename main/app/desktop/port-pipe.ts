import type { MessagePortMain } from 'electron';
import type { EnginePipe, FromCaller } from '../../../shared/contract/messages.ts';

/** The message protocol over the MessagePort that the shell handed to the engine for one window. */
export function portPipe(port: MessagePortMain): EnginePipe {
  let isClosed = false;
  port.on('close', () => {
    isClosed = true;
  });
  return {
    send: (message) => {
      if (!isClosed) port.postMessage(message);
    },
    onMessage: (listener) => {
      port.on('message', (event) => listener(event.data as FromCaller));
      port.start();
    },
    onClose: (listener) => {
      if (isClosed) listener();
      else port.on('close', listener);
    },
    close: () => {
      isClosed = true;
      port.close();
    },
  };
}
