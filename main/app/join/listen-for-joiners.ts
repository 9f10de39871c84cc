import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { EnginePipe, FromCaller, FromEngine } from '../../../shared/contract/messages.ts';
import { linePipe } from './line-pipe.ts';

/** Lets other programs of this user (the command line, a second console) work through this engine. */
export async function listenForJoiners(
  address: string,
  onPipe: (pipe: EnginePipe) => void,
): Promise<{ close(): Promise<void> }> {
  const isFile = process.platform !== 'win32';
  // Only the holder of the store's lock comes here, so a file in the way is left over from one that was killed.
  if (isFile) rmSync(address, { force: true });
  const server = createServer((socket) => onPipe(linePipe<FromEngine, FromCaller>(socket)));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => resolve());
  });
  if (isFile) chmodSync(address, 0o600);
  return {
    close: async () => {
      await new Promise<void>((resolve) => server.close(() => resolve()));
      if (isFile) rmSync(address, { force: true });
    },
  };
}
