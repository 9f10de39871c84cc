import { setTimeout as delay } from 'node:timers/promises';
import { handshakeGate, type HandshakeGate } from './handshake-gate.ts';
import { sshConnectionOf, type SshConnection } from './ssh-connection.ts';
import { isSshError } from './ssh-error.ts';
import { shakeHands, type HandshakeOptions, type LoggedIn } from './ssh-handshake.ts';
import { whereIs, type SshTarget } from './ssh-target.ts';
import { wakeWatch } from './wake-watch.ts';

export interface SshOptions extends SshTarget {
  /** Hosts to go through, the first one reached from this machine. Each has its own log-in and its own pinned key. */
  jumps?: readonly SshTarget[];
  /** For each hop: TCP, handshake and log-in together; waiting in line does not count. Default 10 s. */
  connectTimeoutMs?: number;
  /** Between signs of life; after three without an answer the connection is lost. Default 5 s. */
  keepaliveMs?: number;
  signal?: AbortSignal;
  /** Default: the gate all connections of this process share. */
  gate?: HandshakeGate;
}

/** Attempts when the host turns us away before it begins (MaxStartups), with a random pause before each that grows to 4 s. */
const attempts = 8;
const firstPauseMs = 150;
const longestPauseMs = 4_000;

/**
 * Connects and logs in, through the jump hosts if there are any. Rejects with SshError, whose `where` names the hop that failed, or with the
 * signal's reason; then nothing stays open.
 */
export async function connectSsh(options: SshOptions): Promise<SshConnection> {
  const through: SshConnection[] = [];
  try {
    for (const hop of options.jumps ?? []) through.unshift(await connectHop(hop, options, through));
    return await connectHop(options, options, through);
  } catch (error) {
    // The nearest runs through the farther ones, so it goes first.
    for (const hop of through) await hop.close();
    throw error;
  }
}

async function connectHop(
  target: SshTarget,
  options: SshOptions,
  through: readonly SshConnection[],
): Promise<SshConnection> {
  const [previous] = through;
  const handshake: HandshakeOptions = {
    timeoutMs: options.connectTimeoutMs ?? 10_000,
    keepaliveMs: options.keepaliveMs ?? 5_000,
    signal: options.signal,
    openStream:
      previous && (async (signal) => await previous.openTcp(target.host, target.port ?? 22, signal)),
  };
  const { client, hostKey } = await enter(target, handshake, options.gate ?? handshakeGate);
  const hostKeys = [...(previous?.hostKeys ?? []), hostKey];
  // The last hop closes those before it; a jump host in the making leaves that to connectSsh.
  const isLast = target === (options as SshTarget);
  const connection = sshConnectionOf({ client, target, hostKeys, through: isLast ? through : [] });
  wakeWatch.guard(connection);
  return connection;
}

async function enter(target: SshTarget, handshake: HandshakeOptions, gate: HandshakeGate): Promise<LoggedIn> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await gate.run(
        whereIs(target),
        async () => await shakeHands(target, handshake),
        handshake.signal,
      );
    } catch (error) {
      if (!isSshError(error, 'busy') || attempt === attempts) throw error;
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (attempt - 1));
      await delay(
        pauseMs * (0.5 + Math.random()),
        undefined,
        handshake.signal ? { signal: handshake.signal } : {},
      );
    }
  }
}
