import type { Duplex } from 'node:stream';
import { Door } from './door.ts';
import { GuestTerminal } from './guest-terminal.ts';
import { encodePng } from './png-image.ts';
import { RfbSession } from './rfb-session.ts';
import type { SimulatedHost } from './simulated-host.ts';
import type { SimulatedVm } from './simulated-vm.ts';
import { SCREEN_HEIGHT, SCREEN_WIDTH, screenPalette, TextScreen } from './text-screen.ts';
import type { Screens, VmPower } from './vm-power.ts';

type OpenScreen = {
  readonly vm: SimulatedVm;
  readonly screen: TextScreen;
  readonly terminal: GuestTerminal;
  readonly viewers: Set<RfbSession>;
};

/** Where QEMU's displays begin. */
const FIRST_PORT = 5_900;

/**
 * The screens of one host's VMs. With `listen` every running VM has a VNC server on a port of 127.0.0.1 that the system chose;
 * without (fleets of thousands) the ports are numbers that only the host's SSH server leads to. Either way a screen is drawn
 * only while somebody looks.
 */
export class VmScreens implements Screens {
  readonly #host: SimulatedHost;
  readonly #listen: boolean;
  readonly #doors = new Map<string, Door>();
  readonly #open = new Map<string, OpenScreen>();
  #nextPort = FIRST_PORT;
  power: VmPower | null = null;

  constructor(host: SimulatedHost, listen: boolean) {
    this.#host = host;
    this.#listen = listen;
  }

  async open(vm: SimulatedVm): Promise<number> {
    if (!this.#listen) {
      this.#nextPort += 1;
      return this.#nextPort - 1;
    }
    const door = new Door({ host: '127.0.0.1', port: 0 }, (cable) => this.view(vm, cable));
    this.#doors.set(vm.uuid, door);
    await door.open();
    return door.port;
  }

  close(vm: SimulatedVm): void {
    const screen = this.#open.get(vm.uuid);
    this.#open.delete(vm.uuid);
    screen?.terminal.close();
    for (const viewer of screen?.viewers ?? []) viewer.close();
    void this.#doors.get(vm.uuid)?.shut();
    this.#doors.delete(vm.uuid);
  }

  async stop(): Promise<void> {
    const doors = [...this.#doors.values()];
    for (const { vm } of this.#open.values()) this.close(vm);
    await Promise.all(doors.map(async (door) => await door.shut()));
  }

  forEachDoor(act: (door: Door) => void): void {
    for (const door of this.#doors.values()) act(door);
  }

  /** Shows the screen of a VM to one more viewer. */
  view(vm: SimulatedVm, socket: Duplex): void {
    const open = this.#screenOf(vm);
    const viewer: RfbSession = new RfbSession(socket, {
      name: `QEMU (${vm.name})`,
      screen: open.screen,
      typed: (text) => open.terminal.type(text),
      closed: () => {
        open.viewers.delete(viewer);
        if (open.viewers.size > 0 || this.#open.get(vm.uuid) !== open) return;
        open.terminal.close();
        this.#open.delete(vm.uuid);
      },
    });
    open.viewers.add(viewer);
  }

  /** What the screen shows now, as PNG. */
  screenshot(vm: SimulatedVm): Buffer {
    const open = this.#open.get(vm.uuid);
    const screen = open?.screen ?? new TextScreen();
    if (open === undefined) {
      const terminal = this.#terminal(vm, (text) => screen.write(text));
      terminal.open();
      terminal.close();
    }
    return encodePng(screen.pixels(), { width: SCREEN_WIDTH, height: SCREEN_HEIGHT, palette: screenPalette });
  }

  #terminal(vm: SimulatedVm, print: (text: string) => void): GuestTerminal {
    if (this.power === null) throw new Error('the screens of a host are used before it is built');
    return new GuestTerminal({ host: this.#host, power: this.power, vm, tty: 'tty1', print });
  }

  #screenOf(vm: SimulatedVm): OpenScreen {
    const known = this.#open.get(vm.uuid);
    if (known !== undefined) return known;
    const screen = new TextScreen();
    const viewers = new Set<RfbSession>();
    const terminal = this.#terminal(vm, (text) => {
      screen.write(text);
      const dirty = screen.takeDirty();
      if (dirty !== null) for (const viewer of viewers) viewer.changed(dirty);
    });
    const made = { vm, screen, terminal, viewers };
    this.#open.set(vm.uuid, made);
    terminal.open();
    return made;
  }
}
