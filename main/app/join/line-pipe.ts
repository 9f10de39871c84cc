import type { Socket } from 'node:net';
import type { MessagePipe } from '../../../shared/contract/messages.ts';

/** A line longer than this is no message of ours. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;

/** The message protocol over a local socket: one JSON text per line. */
export function linePipe<Out, In>(socket: Socket): MessagePipe<Out, In> {
  let listener: ((message: In) => void) | undefined;
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    rest += chunk;
    if (rest.length > MAX_LINE_BYTES) socket.destroy();
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
  socket.on('error', () => socket.destroy());
  const early: In[] = [];
  const take = (line: string): void => {
    let message: In;
    try {
      message = JSON.parse(line) as In;
    } catch {
      socket.destroy();
      return;
    }
    if (listener) listener(message);
    else early.push(message);
  };
  return {
    send: (message) => {
      if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`);
    },
    onMessage: (next) => {
      listener = next;
      for (const message of early.splice(0)) next(message);
    },
    onClose: (onClosed) => {
      if (socket.destroyed) onClosed();
      else socket.on('close', () => onClosed());
    },
    close: () => socket.end(),
  };
}
