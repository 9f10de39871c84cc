import type { WebSocket } from 'ws';
import type { EnginePipe, FromCaller } from '../../../shared/contract/messages.ts';

/** The message protocol over a WebSocket, one JSON text per message. Anything that is not JSON closes the connection. */
export function socketPipe(socket: WebSocket): EnginePipe {
  return {
    send: (message) => {
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
    },
    onMessage: (listener) => {
      socket.on('message', (data: Buffer, isBinary: boolean) => {
        try {
          if (isBinary) throw new SyntaxError('binary');
          listener(JSON.parse(data.toString('utf8')) as FromCaller);
        } catch (error) {
          if (!(error instanceof SyntaxError)) throw error;
          socket.close(1003, 'not JSON');
        }
      });
    },
    onClose: (listener) => {
      socket.on('close', listener);
      socket.on('error', () => socket.terminate());
    },
    close: () => socket.close(1001),
  };
}
