import type { Duplex } from 'node:stream';
import type { Client, ClientChannel } from 'ssh2';
import { ChannelStream } from './channel-stream.ts';
import { EntryGate } from './entry-gate.ts';
import { SshError, type SshErrorFacts, type SshErrorKind } from './ssh-error.ts';
import { collectCommand, type ExecOptions, type ExecResult } from './ssh-exec.ts';
import type { HostKey } from './ssh-key.ts';
import { whereIs, type SshTarget } from './ssh-target.ts';
import { diagnosisCommand, helperFailure, readDiagnosis } from './unix-socket-diagnosis.ts';

/** For a channel to open; the host is there already, so this is short. */
const channelTimeoutMs = 15_000;
/** Below sshd's MaxSessions (default 10), which counts commands but not forwarded streams. */
const commandsAtOnce = 6;

/** One logged-in SSH connection. All errors are SshError, or the reason of the caller's own signal. */
export interface SshConnection {
  readonly where: string;
  readonly user: string;
  /** What each hop showed, the last one this host's. */
  readonly hostKeys: readonly HostKey[];
  readonly isOpen: boolean;
  /**
   * A byte stream to a unix socket of the host. Where the server forwards none it goes through virt-ssh-helper, nc or socat on the host.
   * Fails with socket-missing, socket-permission-denied, socket-refused or forwarding-disabled, each saying what to do.
   */
  openUnixSocket(path: string, signal?: AbortSignal): Promise<Duplex>;
  /** A byte stream to an address as the host sees it, e.g. 127.0.0.1 and a VNC port. Fails with port-refused or forwarding-disabled. */
  openTcp(host: string, port: number, signal?: AbortSignal): Promise<Duplex>;
  /** Runs a command in the user's log-in shell to its end; any exit code resolves. */
  exec(command: string, options?: ExecOptions): Promise<ExecResult>;
  /** A byte stream to a command's standard input and output, for bulk data. Its standard error becomes the detail of command-failed. */
  openCommand(command: string, signal?: AbortSignal): Promise<Duplex>;
  /** Asks the server for a sign of life; when none comes in time the connection is lost, at once and for all that use it. */
  probe(timeoutMs: number): Promise<boolean>;
  /** Called once, with the error when the connection was lost, without when it was closed. Gives the function that takes the listener off. */
  onClose(listener: (error: SshError | undefined) => void): () => void;
  close(): Promise<void>;
}

export interface LoggedInClient {
  client: Client;
  target: SshTarget;
  hostKeys: readonly HostKey[];
  /** Connections this one runs through, nearest first; closed with it. */
  through: readonly SshConnection[];
}

export function sshConnectionOf(logged: LoggedInClient): SshConnection {
  return new ClientConnection(logged);
}

/** `reason` of a channel the server did not open (RFC 4254, 5.1). */
const administrativelyProhibited = 1;

class ClientConnection implements SshConnection {
  readonly where: string;
  readonly user: string;
  readonly hostKeys: readonly HostKey[];
  readonly #client: Client;
  readonly #through: readonly SshConnection[];
  readonly #closeListeners = new Set<(error: SshError | undefined) => void>();
  readonly #streams = new Set<Duplex>();
  readonly #commands = new EntryGate(commandsAtOnce);
  #lastError: (Error & { level?: string }) | undefined;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #lost: SshError | undefined;
  #closed = Promise.withResolvers<void>();
  /** Sockets this server does not forward, and the command that reaches each instead. */
  readonly #helpers = new Map<string, string>();

  constructor({ client, target, hostKeys, through }: LoggedInClient) {
    this.#client = client;
    this.#through = through;
    this.where = whereIs(target);
    this.user = target.user;
    this.hostKeys = hostKeys;
    client.on('error', (error) => (this.#lastError = error));
    client.once('close', () => this.#ended());
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  #facts(more?: Partial<SshErrorFacts>): SshErrorFacts {
    return { where: this.where, user: this.user, ...more };
  }

  #ended(): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'open') {
      const silent = this.#lastError?.level === 'client-timeout';
      const detail = silent ? 'no sign of life any more' : (this.#lastError?.message ?? 'the host ended it');
      this.#lost = new SshError('lost', this.#facts({ detail }), this.#lastError);
    }
    this.#state = 'closed';
    const why = this.#lost ?? new SshError('closed', this.#facts());
    // Not left to the channels: one whose reader has paused would never report its end.
    for (const stream of this.#streams) stream.destroy(why);
    for (const listener of this.#closeListeners) listener(this.#lost);
    this.#closeListeners.clear();
    this.#closed.resolve();
    for (const hop of this.#through) void hop.close();
  }

  /** What a channel that ends now has to tell. ssh2 closes the channels right after the connection, in the same turn. */
  readonly #whyLost = (): Error | undefined => {
    if (this.#state === 'closed') return this.#lost ?? new SshError('closed', this.#facts());
    return this.#lastError && !this.isOpen
      ? new SshError('lost', this.#facts({ detail: this.#lastError.message }))
      : undefined;
  };

  onClose(listener: (error: SshError | undefined) => void): () => void {
    if (this.#state === 'closed') queueMicrotask(() => listener(this.#lost));
    else this.#closeListeners.add(listener);
    return () => this.#closeListeners.delete(listener);
  }

  async close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closing';
      this.#client.end();
      // A peer that is gone will not answer the good-bye.
      const force = setTimeout(() => this.#client.destroy(), 1_000);
      void this.#closed.promise.then(() => clearTimeout(force));
    }
    await this.#closed.promise;
  }

  async probe(timeoutMs: number): Promise<boolean> {
    if (!this.isOpen) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const late = setTimeout(() => {
      this.#lastError = Object.assign(new Error('no answer'), { level: 'client-timeout' });
      this.#client.destroy();
      this.#ended(); // not a turn later, when the socket reports it: nobody may use it any more
      resolve(false);
    }, timeoutMs);
    // A global request every server answers, if only with "no": to stop a forwarding that was never begun.
    this.#client.unforwardIn('127.0.0.1', 0, () => resolve(this.isOpen));
    return await promise.finally(() => clearTimeout(late));
  }

  async openUnixSocket(path: string, signal?: AbortSignal): Promise<Duplex> {
    const helper = this.#helpers.get(path);
    if (helper !== undefined) return await this.#openByHelper(path, helper, signal);
    return (await this.#forwardToSocket(path, signal)) ?? (await this.#openRefusedSocket(path, signal));
  }

  /** Undefined when the SSH server does not open it, which it says in the same words whatever the reason. */
  async #forwardToSocket(path: string, signal?: AbortSignal): Promise<Duplex | undefined> {
    try {
      const open = (done: ChannelOpened) => this.#client.openssh_forwardOutStreamLocal(path, done);
      return await this.#open(open, this.#stream, signal);
    } catch (error) {
      if (!(error instanceof ChannelRefused)) throw error;
      return undefined;
    }
  }

  /** Through a command on the host. It is forgotten when it fails: what it was needed for may be over by the next time. */
  async #openByHelper(path: string, helper: string, signal?: AbortSignal): Promise<Duplex> {
    const open = (channel: ClientChannel) =>
      this.#commandStream(channel, helper, (said) => {
        this.#helpers.delete(path);
        const kind = helperFailure(said);
        return kind && new SshError(kind, this.#facts({ what: path, detail: said }));
      });
    return await this.#openSession(helper, open, signal);
  }

  async #openRefusedSocket(path: string, signal?: AbortSignal): Promise<Duplex> {
    const answer = await this.exec(diagnosisCommand(path), {
      timeoutMs: channelTimeoutMs,
      ...(signal ? { signal } : {}),
    });
    const diagnosis = readDiagnosis(answer, path);
    const facts = this.#facts({ what: path });
    switch (diagnosis.state) {
      case 'missing':
        throw new SshError('socket-missing', facts);
      case 'denied':
        throw new SshError('socket-permission-denied', {
          ...facts,
          ...(diagnosis.group === undefined ? {} : { group: diagnosis.group }),
        });
      case 'idle':
        throw new SshError('socket-refused', facts);
      case 'unknown':
        throw new SshError('forwarding-disabled', facts);
      case 'listening': {
        // A daemon that was just being started refused a moment ago, and takes us now.
        const forwarded = await this.#forwardToSocket(path, signal);
        if (forwarded) return forwarded;
        if (diagnosis.helper === undefined)
          throw new SshError('forwarding-disabled', {
            ...facts,
            detail: 'nor is there virt-ssh-helper, nc -U or socat on the host',
          });
        this.#helpers.set(path, diagnosis.helper);
        return await this.#openByHelper(path, diagnosis.helper, signal);
      }
    }
  }

  async openTcp(host: string, port: number, signal?: AbortSignal): Promise<Duplex> {
    try {
      const open = (done: ChannelOpened) => this.#client.forwardOut('127.0.0.1', 0, host, port, done);
      return await this.#open(open, this.#stream, signal);
    } catch (error) {
      if (!(error instanceof ChannelRefused)) throw error;
      const kind: SshErrorKind =
        error.reason === administrativelyProhibited ? 'forwarding-disabled' : 'port-refused';
      throw new SshError(
        kind,
        this.#facts({
          what: `${host}:${port}`,
          ...(kind === 'port-refused' ? { detail: error.message } : {}),
        }),
        error,
      );
    }
  }

  async openCommand(command: string, signal?: AbortSignal): Promise<Duplex> {
    return await this.#openSession(command, (channel) => this.#commandStream(channel, command), signal);
  }

  #commandStream(
    channel: ClientChannel,
    command: string,
    meaning?: (said: string) => SshError | undefined,
  ): Duplex {
    let said = '';
    let code: number | null | undefined;
    channel.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-1_000)));
    channel.once('exit', (status: number | null) => (code = status));
    const failed = () => {
      if (code === undefined || code === 0) return undefined;
      return (
        meaning?.(said.trim()) ??
        new SshError(
          'command-failed',
          this.#facts({ what: command, detail: said.trim() || `exit code ${code}` }),
        )
      );
    };
    return this.#stream(channel, failed);
  }

  async exec(command: string, options: ExecOptions = {}): Promise<ExecResult> {
    const leave = await this.#commands.enter(options.signal);
    try {
      const collect = (channel: ClientChannel) => ({
        result: collectCommand(channel, command, { ...options, where: this.where, whyLost: this.#whyLost }),
      });
      return await (
        await this.#openSession(command, collect, options.signal)
      ).result;
    } finally {
      leave();
    }
  }

  async #openSession<T>(
    command: string,
    use: (channel: ClientChannel) => T,
    signal?: AbortSignal,
  ): Promise<T> {
    try {
      return await this.#open((done) => this.#client.exec(command, done), use, signal);
    } catch (error) {
      if (error instanceof ChannelRefused)
        throw new SshError('channel-refused', this.#facts({ detail: error.message }), error);
      throw error;
    }
  }

  readonly #stream = (channel: ClientChannel, whyFailed?: () => Error | undefined): Duplex => {
    const stream = new ChannelStream(channel, { whyLost: () => this.#whyLost() ?? whyFailed?.() });
    this.#streams.add(stream);
    return stream.once('close', () => this.#streams.delete(stream));
  };

  /**
   * Rejects with ChannelRefused when the server said no, else with SshError or the signal's reason. A channel that opens too late is closed.
   * `use` takes the channel in the same turn: its exit code and end may be in the packet that opened it.
   */
  async #open<T>(
    open: (done: ChannelOpened) => void,
    use: (channel: ClientChannel) => T,
    signal?: AbortSignal,
  ): Promise<T> {
    signal?.throwIfAborted();
    if (!this.isOpen) throw this.#lost ?? new SshError('closed', this.#facts());
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const late = AbortSignal.timeout(channelTimeoutMs);
    const either = signal ? AbortSignal.any([signal, late]) : late;
    const giveUp = () =>
      reject(
        signal?.aborted
          ? (signal.reason as Error)
          : new SshError('timed-out', this.#facts({ timeoutMs: channelTimeoutMs })),
      );
    either.addEventListener('abort', giveUp, { once: true });
    try {
      open((error, channel) => {
        if (error) reject(this.#whyLost() ?? new ChannelRefused(error));
        else if (either.aborted) channel.close();
        else resolve(use(channel));
      });
    } catch (error) {
      reject(this.#whyLost() ?? new SshError('lost', this.#facts(), error)); // ssh2 throws when its socket has just ended
    }
    return await promise.finally(() => either.removeEventListener('abort', giveUp));
  }
}

type ChannelOpened = (
  error: (Error & { reason?: number | string }) | undefined,
  channel: ClientChannel,
) => void;

class ChannelRefused extends Error {
  override readonly name = 'ChannelRefused';
  readonly reason: number | undefined;
  constructor(error: Error & { reason?: number | string }) {
    super(error.message.replace('(SSH) Channel open failure: ', ''), { cause: error });
    this.reason = typeof error.reason === 'number' ? error.reason : undefined;
  }
}
