import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';
import type { AuthContext, Connection, ServerChannel } from 'ssh2';
import { generateSshKeyPair, hostKeyOf, type HostKey } from '../platform/ssh/ssh-key.ts';

export interface SshPeerOptions {
  /** Decides on each attempt to log in; default: everybody is let in. `context.reject([...])` names what else would be taken. */
  authenticate?: (context: AuthContext) => void;
  /** Answers a command with the channel of it; default: it ends with exit code 0 and no output. */
  command?: (command: string, channel: ServerChannel) => void;
  /** Answers a request for a unix socket; default: refused. */
  unixSocket?: (path: string, accept: () => ServerChannel, reject: () => void) => void;
  /** Private keys of the host in the order they are offered; default: one new ed25519 key. */
  hostKeys?: string[];
}

export interface SshPeer {
  readonly port: number;
  /** The first of its keys. */
  readonly hostKey: HostKey;
  /** Connections at this moment that have not logged in, and the most there ever were. */
  readonly handshakes: { now: number; most: number; total: number };
  readonly connections: Set<Connection>;
  close(): Promise<void>;
}

/** A real SSH server in this process, for what a real sshd cannot be made to do. */
export async function startSshPeer(options: SshPeerOptions = {}): Promise<SshPeer> {
  const hostKeys = options.hostKeys ?? [generateSshKeyPair('peer').privateKey];
  const handshakes = { now: 0, most: 0, total: 0 };
  const connections = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys }, (connection) => {
    connections.add(connection);
    handshakes.now += 1;
    handshakes.total += 1;
    handshakes.most = Math.max(handshakes.most, handshakes.now);
    let isIn = false;
    const settled = () => {
      if (!isIn) handshakes.now -= 1;
      isIn = true;
    };
    connection.on('authentication', (context) => (options.authenticate ?? letIn)(context));
    connection.on('ready', () => {
      settled();
      serve(connection, options);
    });
    connection.on('error', () => undefined); // clients that leave without a word
    connection.on('close', () => {
      settled();
      connections.delete(connection);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const first = ssh2.utils.parseKey(hostKeys[0] ?? '');
  if (first instanceof Error) throw first;
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: hostKeyOf(first.getPublicSSH()),
    handshakes,
    connections,
    close: async () => {
      for (const connection of connections) connection.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const letIn = (context: AuthContext) => context.accept();

function serve(connection: Connection, options: SshPeerOptions): void {
  connection.on('session', (accept) => {
    accept().on('exec', (acceptCommand, _reject, { command }) => {
      const channel = acceptCommand();
      if (options.command) options.command(command, channel);
      else {
        channel.exit(0);
        channel.end();
      }
    });
  });
  connection.on('openssh.streamlocal', (accept, reject, { socketPath }) => {
    if (options.unixSocket) options.unixSocket(socketPath, accept, reject);
    else reject();
  });
}
