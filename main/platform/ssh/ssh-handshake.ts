import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2 from 'ssh2';
import type { AnyAuthMethod, AuthHandlerMiddleware, Client, ConnectConfig } from 'ssh2';
import { keepCipherKeys } from './ssh-cipher-keys.ts';
import { SshError, type SshErrorFacts } from './ssh-error.ts';
import { hostKeyOf, readPrivateKey, sameHostKey, type HostKey } from './ssh-key.ts';
import { whereIs, type SshTarget } from './ssh-target.ts';

export interface HandshakeOptions {
  /** For the TCP connection, the handshake and the log-in together. */
  timeoutMs: number;
  keepaliveMs: number;
  signal?: AbortSignal | undefined;
  /** Opens the byte stream to the target; default: TCP from this machine. */
  openStream?: ((signal: AbortSignal) => Promise<Duplex>) | undefined;
}

export interface LoggedIn {
  client: Client;
  hostKey: HostKey;
}

/** keepalives without an answer until the connection is given up (ServerAliveCountMax) */
const keepaliveCount = 3;

/** Opens a stream to the target, shakes hands, checks the host key and logs in. Leaves nothing open when it fails. */
export async function shakeHands(target: SshTarget, options: HandshakeOptions): Promise<LoggedIn> {
  options.signal?.throwIfAborted();
  const where = whereIs(target);
  const auth = authMethods(target); // a locked key is found out before anything is sent
  const late = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, late]) : late;
  try {
    const stream = await (options.openStream ?? tcpStream(target))(signal);
    return await logIn({ target, stream, auth, signal, keepaliveMs: options.keepaliveMs });
  } catch (error) {
    options.signal?.throwIfAborted();
    if (late.aborted) throw new SshError('timed-out', { where, timeoutMs: options.timeoutMs }, error);
    throw error;
  }
}

function tcpStream(target: SshTarget): (signal: AbortSignal) => Promise<Duplex> {
  return async (signal) => {
    const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
    // noDelay from the start: Nagle's algorithm costs 40 ms in every small call.
    const socket = connect({ host: target.host, port: target.port ?? 22, noDelay: true });
    const giveUp = () => {
      socket.destroy();
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', giveUp, { once: true });
    const failed = (error: NodeJS.ErrnoException) => reject(tcpError(error, whereIs(target)));
    socket.once('error', failed);
    socket.once('connect', () => {
      socket.off('error', failed);
      resolve(socket);
    });
    return await promise.finally(() => signal.removeEventListener('abort', giveUp));
  };
}

/** An address tried in both families fails with an AggregateError, whose `code` is that of the first. */
export function tcpError(error: NodeJS.ErrnoException, where: string): SshError {
  const facts = { where, ...(error.code === undefined ? {} : { detail: error.code }) };
  switch (error.code) {
    case 'ECONNREFUSED':
      return new SshError('refused', facts, error);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NONAME':
      return new SshError('name-unknown', facts, error);
    case 'ECONNRESET':
    case 'EPIPE':
      return new SshError('lost', facts, error);
    default:
      return new SshError('unreachable', facts, error);
  }
}

interface LogIn {
  target: SshTarget;
  stream: Duplex;
  auth: AnyAuthMethod[];
  signal: AbortSignal;
  keepaliveMs: number;
}

async function logIn({ target, stream, auth, signal, keepaliveMs }: LogIn): Promise<LoggedIn> {
  const { promise, resolve, reject } = Promise.withResolvers<LoggedIn>();
  const client = new ssh2.Client();
  keepCipherKeys(client);
  const progress = new LogInProgress(target, stream);
  const fail = (error: Error) => {
    reject(error);
    client.destroy();
    stream.destroy();
  };
  const giveUp = () => fail(signal.reason as Error);
  signal.addEventListener('abort', giveUp, { once: true });
  // Stays for good: an 'error' event nobody listens to would end the process. What it says after 'ready' is read by the connection.
  client.on('error', (error) => {
    const failure = progress.explain(error);
    if (failure) fail(failure);
  });
  client.once('close', () => fail(progress.closed()));
  client.once('ready', () => {
    if (progress.hostKey) resolve({ client, hostKey: progress.hostKey });
  });
  client.connect({
    sock: stream,
    username: target.user,
    strictVendor: false, // ask any server for stream-local forwarding, not only those that call themselves OpenSSH
    readyTimeout: 0, // our own signal covers more
    keepaliveInterval: keepaliveMs,
    keepaliveCountMax: keepaliveCount,
    hostVerifier: (blob: Buffer) => progress.acceptsHostKey(blob),
    authHandler: progress.authHandler(auth),
    ...preferredHostKey(target.hostKey),
  } as ConnectConfig);
  return await promise.finally(() => signal.removeEventListener('abort', giveUp));
}

/** A host has several keys; asked in another order than before it would show another one, and seem to be another host. */
function preferredHostKey(pinned: HostKey | undefined): Pick<ConnectConfig, 'algorithms'> {
  if (pinned === undefined) return {};
  const first =
    pinned.algorithm === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [pinned.algorithm];
  const all = [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
    'ssh-rsa',
  ];
  const known = first.filter((name) => all.includes(name));
  return {
    algorithms: { serverHostKey: [...known, ...all.filter((name) => !known.includes(name))] },
  } as Pick<ConnectConfig, 'algorithms'>;
}

function authMethods(target: SshTarget): AnyAuthMethod[] {
  const { auth, user: username } = target;
  switch (auth.kind) {
    case 'key':
      return [{ type: 'publickey', username, key: readPrivateKey(auth.privateKey, auth.passphrase) }];
    case 'agent': {
      const agent =
        auth.socketPath ??
        process.env['SSH_AUTH_SOCK'] ??
        (process.platform === 'win32' ? '\\\\.\\pipe\\openssh-ssh-agent' : undefined);
      if (!agent)
        throw new SshError('agent-unavailable', {
          where: whereIs(target),
          detail: 'SSH_AUTH_SOCK is not set',
        });
      return [{ type: 'agent', username, agent }];
    }
    case 'password':
      // Servers with PAM often offer the password prompt only as keyboard-interactive.
      return [
        { type: 'password', username, password: auth.password },
        {
          type: 'keyboard-interactive',
          username,
          prompt: (_name, _text, _language, prompts, answer) =>
            answer(prompts.map(({ echo }) => (echo ? '' : auth.password))),
        },
      ];
  }
}

/** Notes what is seen on the way, so that the one error at the end can say why. */
class LogInProgress {
  hostKey: HostKey | undefined;
  readonly #target: SshTarget;
  readonly #where: string;
  #firstBytes = '';
  /** All that was ever named: some servers name nothing with their last no. */
  readonly #offered = new Set<string>();
  #partial = false;
  #agentError: Error | undefined;

  constructor(target: SshTarget, stream: Duplex) {
    this.#target = target;
    this.#where = whereIs(target);
    stream.once('data', (chunk: Buffer) => (this.#firstBytes = chunk.toString('latin1', 0, 64)));
  }

  acceptsHostKey(blob: Buffer): boolean {
    this.hostKey = hostKeyOf(blob);
    return this.#isKnown(this.hostKey);
  }

  authHandler(methods: AnyAuthMethod[]): AuthHandlerMiddleware {
    let at = 0;
    return (left, partial, next) => {
      for (const name of left ?? []) this.#offered.add(name);
      this.#partial = partial ?? false;
      const method = methods[at];
      at += 1;
      // A password the server would take as such was wrong; the same one as keyboard-interactive would only count as a second failure.
      const wasWrong = method?.type === 'keyboard-interactive' && left?.includes('password');
      // `false` ends the log-in; the types know only the other outcomes.
      if (method === undefined || wasWrong || this.#partial) next(false as never);
      else next(method);
    };
  }

  #facts(detail?: string): SshErrorFacts {
    return {
      where: this.#where,
      user: this.#target.user,
      ...(this.hostKey ? { hostKey: this.hostKey } : {}),
      ...(this.#target.hostKey ? { pinnedHostKey: this.#target.hostKey } : {}),
      ...(detail ? { detail } : {}),
    };
  }

  /** Undefined: the log-in goes on. */
  explain(error: Error & { level?: string; code?: string | number }): SshError | undefined {
    if (error.level === 'agent') {
      this.#agentError = error;
      return undefined;
    }
    const hostKeyError = this.#hostKeyError();
    if (hostKeyError) return hostKeyError;
    if (error.level === 'client-authentication') return this.#authError();
    if (/no matching/.test(error.message))
      return new SshError(
        'no-common-algorithm',
        this.#facts(error.message.replace(/^Handshake failed: /, '')),
        error,
      );
    // The server says good-bye in words: SSH_MSG_DISCONNECT, whose code is a number (RFC 4253, 11.1).
    if (typeof error.code === 'number')
      return /auth/i.test(error.message)
        ? new SshError('auth-failed', this.#facts(error.message))
        : new SshError('lost', this.#facts(error.message));
    if (error.level === 'client-socket' && typeof error.code === 'string' && this.#firstBytes !== '')
      return new SshError('lost', this.#facts(error.code), error);
    return this.closed(error);
  }

  /** The stream ended before the log-in did. */
  closed(cause?: Error): SshError {
    const hostKeyError = this.#hostKeyError();
    if (hostKeyError) return hostKeyError;
    if (this.#firstBytes === '' || this.#firstBytes.startsWith('Exceeded MaxStartups'))
      return new SshError('busy', this.#facts(), cause);
    if (!this.#firstBytes.includes('SSH-'))
      return new SshError(
        'not-ssh',
        this.#facts(`it says ${JSON.stringify(this.#firstBytes.split(/[\r\n]/)[0])}`),
        cause,
      );
    return new SshError('lost', this.#facts(cause?.message ?? 'during the log-in'), cause);
  }

  #hostKeyError(): SshError | undefined {
    if (this.hostKey === undefined || this.#isKnown(this.hostKey)) return undefined;
    const kind = this.#target.hostKey === undefined ? 'host-key-unknown' : 'host-key-changed';
    return new SshError(kind, this.#facts());
  }

  #isKnown(shown: HostKey): boolean {
    const { hostKey, acceptedFingerprints } = this.#target;
    return hostKey === undefined
      ? (acceptedFingerprints?.has(shown.fingerprint) ?? false)
      : sameHostKey(shown, hostKey);
  }

  #authError(): SshError {
    const offered = this.#offered.size > 0 ? [...this.#offered].join(', ') : undefined;
    if (this.#partial) return new SshError('second-factor-needed', this.#facts(offered));
    if (this.#agentError && this.#target.auth.kind === 'agent')
      return new SshError('agent-unavailable', this.#facts(this.#agentError.message), this.#agentError);
    if (this.#target.auth.kind !== 'password')
      return new SshError(
        'auth-failed',
        this.#facts(offered === undefined ? undefined : `it takes ${offered}`),
      );
    const takesPasswords = this.#offered.has('password') || this.#offered.has('keyboard-interactive');
    return new SshError(takesPasswords ? 'password-wrong' : 'password-not-allowed', this.#facts(offered));
  }
}
