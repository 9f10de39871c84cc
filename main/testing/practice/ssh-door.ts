import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';
import type { AuthContext, Connection, ParsedKey, PublicKeyAuthContext, ServerChannel, Session } from 'ssh2';
import { generateSshKeyPair } from '../../platform/ssh/ssh-key.ts';
import { keepCipherKeys } from '../../platform/ssh/ssh-cipher-keys.ts';
import type { SshKeyPair } from '../../platform/ssh/ssh-key.ts';
import type { Cable } from './cable.ts';
import { Door } from './door.ts';
import { isPublicKey, runHostCommand } from './host-shell.ts';
import type { CommandAnswer, HostShellFacts } from './host-shell.ts';

export type SshDoorOptions = {
  readonly password: string;
  /** Public keys let in from the start, in OpenSSH's one-line form. */
  readonly authorizedKeys: readonly string[];
  readonly shell: () => HostShellFacts;
  /** Puts a client through to a unix socket of the host; false when nobody is there. */
  readonly openSocket: (path: string) => ((channel: Duplex) => void) | null;
  /** Puts a client through to a TCP port of the host's own loopback. */
  readonly openPort: (port: number) => ((channel: Duplex) => void) | null;
};

/** Users that may log in. */
export const practiceUsers = ['root', 'ops'] as const;

/** The SSH server of a simulated host: OpenSSH's behaviour as far as Innkeeper sees it, over ssh2. */
export class SshDoor {
  readonly #options: SshDoorOptions;
  readonly #door: Door;
  readonly #authorized = new Set<string>();
  #server: InstanceType<typeof ssh2.Server>;
  #key: SshKeyPair;
  /** Nobody is let in, whatever they show: asked for as a fault. */
  refusesLogin = false;

  constructor(options: SshDoorOptions) {
    this.#options = options;
    for (const line of options.authorizedKeys) this.#authorized.add(keyBlob(line));
    this.#key = generateSshKeyPair('');
    this.#server = this.#serverWith(this.#key);
    // Through a variable: a changed host key brings a new server.
    this.#door = new Door({ host: '127.0.0.1', port: 0 }, (cable) => this.#enter(cable));
  }

  get port(): number {
    return this.#door.port;
  }

  get door(): Door {
    return this.#door;
  }

  get hostKey(): string {
    return this.#key.publicKey.trim();
  }

  /** `SHA256:…` as `ssh-keygen -lf` prints it. */
  get fingerprint(): string {
    const blob = Buffer.from(keyBlob(this.#key.publicKey), 'base64');
    return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
  }

  /** The host was reinstalled: from now on it shows another key. */
  changeHostKey(): void {
    this.#key = generateSshKeyPair('');
    this.#server = this.#serverWith(this.#key);
    this.#door.drop();
  }

  authorize(publicKey: string): void {
    this.#authorized.add(keyBlob(publicKey));
  }

  #enter(cable: Cable): void {
    // ssh2 reads, writes and ends it, and asks where it comes from: a Duplex that knows is enough.
    this.#server.injectSocket(cable as unknown as Socket);
  }

  #serverWith(key: SshKeyPair): InstanceType<typeof ssh2.Server> {
    return new ssh2.Server(
      { hostKeys: [key.privateKey], ident: 'OpenSSH_9.2p1 Debian-2+deb12u3' },
      (client) => this.#serve(client),
    );
  }

  #serve(client: Connection): void {
    // A real host has a core for this.
    keepCipherKeys(client);
    // A client that hangs up in the middle is no error of ours.
    client.on('error', () => undefined);
    client.on('authentication', (context) => this.#authenticate(context));
    client.on('ready', () => {
      client.on('session', (accept) => this.#session(accept()));
      client.on('tcpip', (accept, reject, { destIP, destPort }) => {
        const through = ['127.0.0.1', 'localhost', '::1'].includes(destIP)
          ? this.#options.openPort(destPort)
          : null;
        if (through === null) reject();
        else through(accept());
      });
      client.on('openssh.streamlocal', (accept, reject, { socketPath }) => {
        const through = this.#options.openSocket(socketPath);
        if (through === null) reject();
        else through(accept());
      });
    });
  }

  #authenticate(context: AuthContext): void {
    const known = practiceUsers.some((user) => user === context.username);
    const methods = ['publickey', 'password'] as const;
    if (known && !this.refusesLogin) {
      if (context.method === 'password' && context.password === this.#options.password)
        return context.accept();
      if (context.method === 'publickey' && this.#signedByAuthorized(context)) return context.accept();
    }
    context.reject([...methods]);
  }

  /** Without a signature the client only asks whether the key would do. */
  #signedByAuthorized(context: PublicKeyAuthContext): boolean {
    const offered = context.key.data.toString('base64');
    if (!this.#authorized.has(offered)) return false;
    if (context.signature === undefined || context.blob === undefined) return true;
    const parsed = ssh2.utils.parseKey(`${context.key.algo.replace(/^rsa-sha2-\d+$/, 'ssh-rsa')} ${offered}`);
    const key = (Array.isArray(parsed) ? parsed[0] : parsed) as ParsedKey | Error | undefined;
    if (key === undefined || key instanceof Error) return false;
    return key.verify(context.blob, context.signature, context.hashAlgo) === true;
  }

  #session(session: Session): void {
    session.on('pty', (accept) => accept?.());
    session.on('env', (accept) => accept?.());
    session.on('exec', (accept, _reject, { command }) => this.#exec(accept(), command));
    session.on('shell', (accept) => {
      const channel = accept();
      channel.end('This host is simulated and has no shell; see its VMs instead.\r\n');
      channel.exit(0);
    });
  }

  #exec(channel: ServerChannel, command: string): void {
    const target = socketHelperTarget(command);
    if (target !== null) return this.#helper(channel, target);
    const chunks: Buffer[] = [];
    channel.on('data', (chunk: Buffer) => chunks.push(chunk));
    const answer = (): void => this.#answer(channel, command, Buffer.concat(chunks).toString('utf8'));
    // `sh -s` reads its program to the end; other commands do not wait for input.
    if (/\bsh -s\b/.test(command)) channel.on('end', answer);
    else answer();
  }

  #helper(channel: ServerChannel, target: string): void {
    const path = target.startsWith('qemu:') ? '/run/libvirt/libvirt-sock' : target;
    const through = this.#options.openSocket(path);
    if (through !== null) return through(channel);
    channel.stderr.write(`nc: unix connect failed: Connection refused\n`);
    channel.exit(1);
    channel.end();
  }

  #answer(channel: ServerChannel, command: string, input: string): void {
    for (const line of input.split('\n')) {
      const installed = isPublicKey(line);
      if (installed !== null) this.authorize(installed);
    }
    const { code, stdout, stderr }: CommandAnswer = runHostCommand(command, input, this.#options.shell());
    channel.write(stdout);
    if (stderr !== '') channel.stderr.write(stderr);
    channel.exit(code);
    channel.end();
  }
}

/** What a command that leads to a socket leads to: a path, or the URI virt-ssh-helper knows the path of (virsh tries it within a script). */
function socketHelperTarget(command: string): string | null {
  const plain = /^(?:nc -U|virt-ssh-helper|socat -)\s+'?(?:UNIX-CONNECT:)?([^']*)'?/.exec(command);
  return (plain ?? /\bvirt-ssh-helper '?"?(qemu:[^'";\s]*)/.exec(command))?.[1] ?? null;
}

/** The middle word of a public key line. */
function keyBlob(line: string): string {
  return line.trim().split(/\s+/)[1] ?? '';
}

/** Joins a channel to a port of this machine: another practice host, seen from this one. */
export function throughTo(port: number): (channel: Duplex) => void {
  return (channel) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('error', () => channel.destroy());
    channel.on('error', () => socket.destroy());
    channel.on('close', () => socket.destroy());
    socket.on('close', () => channel.end());
    channel.pipe(socket).pipe(channel);
  };
}
