import { connect } from 'node:net';
import type { CallerPipe, FromCaller, FromEngine } from '../../../shared/contract/messages.ts';
import { linePipe } from './line-pipe.ts';

/** Connects to the engine that holds an embedded store. Throws the system's error when nobody listens there. */
export async function joinEngine(address: string): Promise<CallerPipe> {
  const socket = connect(address);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('error', reject);
  });
  return linePipe<FromCaller, FromEngine>(socket);
}
