import { bootLines } from './guest-commands.ts';
import { GuestShell } from './guest-shell.ts';
import type { SimulatedHost } from './simulated-host.ts';
import type { LiveVm, SimulatedVm } from './simulated-vm.ts';
import type { VmPower } from './vm-power.ts';

export type TerminalOptions = {
  readonly host: SimulatedHost;
  readonly power: VmPower;
  readonly vm: SimulatedVm;
  readonly tty: string;
  readonly print: (text: string) => void;
};

/** A terminal plugged into a running guest: boot messages while it boots, then the shell. */
export class GuestTerminal {
  readonly #options: TerminalOptions;
  readonly #live: LiveVm | null;
  readonly #shell: GuestShell;
  #closed = false;

  constructor(options: TerminalOptions) {
    const { host, power, vm } = options;
    this.#options = options;
    this.#live = vm.live;
    this.#shell = new GuestShell({
      vm,
      tty: options.tty,
      nowMs: () => host.nowMs() + host.clockOffsetMs,
      print: (text) => {
        if (!this.#closed) options.print(text);
      },
      power: (how) => {
        if (vm.live !== this.#live || vm.live === null) return;
        if (how === 'reboot') power.reboot(vm, false);
        else power.shutdown(vm);
      },
    });
  }

  /** Shows what a screen shows that was there all the time. */
  open(): void {
    const { host, vm, print } = this.#options;
    const startedAtMs = this.#live?.bootStartedAtMs ?? 0;
    const { bootMs } = vm.guest;
    const elapsedMs = host.nowMs() - startedAtMs;
    const lines = bootLines(vm);
    const done = Math.min(lines.length, Math.floor((elapsedMs / bootMs) * lines.length));
    print(
      lines
        .slice(0, done)
        .map((line) => `${line}\r\n`)
        .join(''),
    );
    this.#bootOn(lines.slice(done), bootMs / lines.length);
  }

  #bootOn(lines: readonly string[], paceMs: number): void {
    const [line, ...rest] = lines;
    if (this.#closed || this.#options.vm.live !== this.#live) return;
    if (line === undefined) return this.#shell.greet();
    this.#options.host.later(paceMs, () => {
      if (this.#closed) return;
      this.#options.print(`${line}\r\n`);
      this.#bootOn(rest, paceMs);
    });
  }

  /** What somebody types. A guest that is paused or gone hears nothing. */
  type(text: string): void {
    if (this.#options.vm.live === this.#live && this.#options.vm.isRunning) this.#shell.input(text);
  }

  close(): void {
    this.#closed = true;
  }
}
