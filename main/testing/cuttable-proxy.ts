import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy on 127.0.0.1 that breaks connections the way networks do. */
export interface CuttableProxy {
  readonly port: number;
  /** Ends all connections and refuses new ones, until `mend`. */
  cut(): void;
  mend(): void;
  /** Lets nothing more through on the present connections, without a word; new ones work. */
  silence(): void;
  /**
   * The next bytes a client sends end its connection: 'before' they reached the server, or 'after' the server has answered
   * them and before the answer came back.
   */
  cutNext(when: 'before' | 'after'): void;
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  isSilent: boolean;
  cutsAnswer: boolean;
}

export async function startCuttableProxy(target: {
  readonly host: string;
  readonly port: number;
}): Promise<CuttableProxy> {
  const pairs = new Set<Pair>();
  let isCut = false;
  let next: 'before' | 'after' | undefined;
  const end = (pair: Pair): void => {
    pair.client.destroy();
    pair.server.destroy();
    pairs.delete(pair);
  };
  const fromClient = (pair: Pair, bytes: Buffer): void => {
    const when = next;
    next = undefined;
    if (when === 'before') return end(pair);
    pair.cutsAnswer = when === 'after';
    if (!pair.isSilent) pair.server.write(bytes);
  };
  const fromServer = (pair: Pair, bytes: Buffer): void => {
    if (pair.cutsAnswer) return end(pair);
    if (!pair.isSilent) pair.client.write(bytes);
  };
  const listener = createServer((client) => {
    if (isCut) return client.destroy();
    const pair: Pair = { client, server: connect({ ...target }), isSilent: false, cutsAnswer: false };
    pairs.add(pair);
    client
      .on('data', (bytes: Buffer) => fromClient(pair, bytes))
      .on('error', () => end(pair))
      .on('close', () => end(pair));
    pair.server.on('data', (bytes: Buffer) => fromServer(pair, bytes)).on('error', () => end(pair));
    // A silent network does not tell of the server's end either.
    pair.server.on('close', () => pair.isSilent || end(pair));
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    cut: () => {
      isCut = true;
      for (const pair of pairs) end(pair);
    },
    mend: () => {
      isCut = false;
    },
    silence: () => {
      for (const pair of pairs) pair.isSilent = true;
    },
    cutNext: (when) => {
      next = when;
    },
    close: async () => {
      for (const pair of pairs) end(pair);
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
