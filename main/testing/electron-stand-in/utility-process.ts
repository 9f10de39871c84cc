import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import type { Elsewhere, MessagePortStandIn, WireMessage } from './message-ports.ts';

const parentPort = new URL('./parent-port.ts', import.meta.url).href;
/** Every process started, for the test to look at and to kill. */
export const utilityProcesses: UtilityProcessStandIn[] = [];

/** A real process of its own; `process.parentPort` is made there by `parent-port.ts`. */
class UtilityProcessStandIn extends EventEmitter {
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly words: readonly string[];
  private readonly child: ChildProcess;
  private readonly ports = new Map<number, Elsewhere>();
  private nextPort = 1;
  private isGone = false;

  constructor(modulePath: string, words: readonly string[]) {
    super();
    this.words = words;
    this.child = fork(modulePath, words, {
      execArgv: ['--disable-warning=ExperimentalWarning', '--import', parentPort],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.stdout = this.child.stdout;
    this.stderr = this.child.stderr;
    this.child.on('message', (message: WireMessage) => this.hear(message));
    this.child.on('spawn', () => this.emit('spawn'));
    this.child.on('exit', (code) => this.gone(code ?? 1));
  }

  get pid(): number | undefined {
    return this.isGone ? undefined : this.child.pid;
  }

  postMessage(message: unknown, transfer: readonly MessagePortStandIn[] = []): void {
    const ports = transfer.map((port) => this.take(port));
    this.send({ kind: 'message', data: message, ports });
  }

  kill(): boolean {
    return this.child.kill('SIGTERM');
  }

  private take(port: MessagePortStandIn): number {
    const id = this.nextPort++;
    const back = port.handOver({
      deliver: (data) => this.send({ kind: 'port', id, data }),
      closed: () => this.send({ kind: 'port-closed', id }),
    });
    this.ports.set(id, back);
    return id;
  }

  private send(message: WireMessage): void {
    // What is said to a process that is gone is lost, as in Electron.
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  private hear(message: WireMessage): void {
    if (message.kind === 'message') this.emit('message', message.data);
    else if (message.kind === 'port') this.ports.get(message.id)?.deliver(message.data);
    else {
      this.ports.get(message.id)?.closed();
      this.ports.delete(message.id);
    }
  }

  private gone(code: number): void {
    this.isGone = true;
    for (const port of this.ports.values()) port.closed();
    this.ports.clear();
    this.emit('exit', code);
  }
}

export const utilityProcess = {
  fork: (
    modulePath: string,
    words: readonly string[] = [],
    options: { serviceName?: string; stdio?: string } = {},
  ): UtilityProcessStandIn => {
    if (options.stdio !== 'pipe') throw new Error('The stand-in knows stdio "pipe" only.');
    const started = new UtilityProcessStandIn(modulePath, words);
    utilityProcesses.push(started);
    return started;
  },
};
