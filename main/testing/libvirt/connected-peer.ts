import { onTestFinished } from 'vitest';
import {
  LibvirtConnection,
  type LibvirtConnectionOptions,
} from '../../platform/libvirt/libvirt-connection.ts';
import type { BytePeer, PeerConnection } from './byte-peer.ts';

export interface PeerPair {
  readonly connection: LibvirtConnection;
  readonly peer: PeerConnection;
  readonly problems: string[];
}

/** A connection of ours to a peer whose every byte the test decides. */
export async function connectedPeer(
  server: BytePeer,
  options: Partial<LibvirtConnectionOptions> & { supportsKeepalive?: boolean } = {},
): Promise<PeerPair> {
  const problems: string[] = [];
  const opening = LibvirtConnection.open({
    dial: server.dial,
    onProtocolProblem: (problem) => problems.push(problem.message),
    ...options,
  });
  const peer = await server.accept();
  await peer.welcome(options.supportsKeepalive);
  const connection = await opening;
  onTestFinished(() => {
    peer.socket.destroy();
  });
  return { connection, peer, problems };
}

/** What a promise fails with. */
export const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error,
  );
