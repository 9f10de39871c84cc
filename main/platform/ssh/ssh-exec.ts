import type { ClientChannel } from 'ssh2';
import { SshError } from './ssh-error.ts';

export interface ExecOptions {
  /** Written to the command's standard input, which then ends. */
  stdin?: string | Buffer;
  /** Default 60 s. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Of standard output and of standard error, each; default 4 MiB. */
  maxOutputBytes?: number;
}

export interface ExecResult {
  /** null: the command was ended by a signal, or the server told no code. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Collects what a command writes until it ends. Rejects with SshError command-timed-out, command-output-too-long or lost, or with the signal's reason. */
export async function collectCommand(
  channel: ClientChannel,
  command: string,
  options: ExecOptions & { where: string; whyLost: () => Error | undefined },
): Promise<ExecResult> {
  const timeoutMs = options.timeoutMs ?? 60_000;
  const limit = options.maxOutputBytes ?? 4 * 1024 * 1024;
  const what = command.length > 80 ? `${command.slice(0, 77)}…` : command;
  const { promise, resolve, reject } = Promise.withResolvers<ExecResult>();
  const facts = { where: options.where, what, timeoutMs };
  const late = AbortSignal.timeout(timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, late]) : late;
  const give = (error: unknown) => {
    reject(error as Error);
    channel.signal('KILL');
    channel.close();
  };
  const giveUp = () =>
    give(options.signal?.aborted ? options.signal.reason : new SshError('command-timed-out', facts));
  if (signal.aborted) giveUp();
  signal.addEventListener('abort', giveUp, { once: true });
  const collect = () => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limit) give(new SshError('command-output-too-long', facts));
      else chunks.push(chunk);
    };
    return { take, text: () => Buffer.concat(chunks).toString('utf8') };
  };
  const out = collect();
  const err = collect();
  channel.on('data', out.take);
  channel.stderr.on('data', err.take);
  channel.on('error', give);
  channel.once('close', (code?: number | null) => {
    const lost = options.whyLost();
    if (lost) reject(lost);
    else resolve({ code: code ?? null, stdout: out.text(), stderr: err.text() });
  });
  channel.end(options.stdin);
  return await promise.finally(() => signal.removeEventListener('abort', giveUp));
}
