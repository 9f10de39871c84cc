import { notRunning, qemuRefusal } from './host-refusal.ts';
import { GuestTerminal } from './guest-terminal.ts';
import type { Handlers } from './procedure-table.ts';
import type { ServerStream, StreamPeer } from './server-stream.ts';
import type { SimulatedHost } from './simulated-host.ts';
import type { SimulatedVm } from './simulated-vm.ts';
import type { VmPower } from './vm-power.ts';
import type { VmScreens } from './vm-screens.ts';

const FORCE = 1;

/** Serial console and screenshots. */
export function consoleHandlers(host: SimulatedHost, power: VmPower, screens: VmScreens): Handlers {
  /** Who has the console of each VM: one at a time, as with the daemon. */
  const consoles = new Map<string, { leave: () => void }>();
  return {
    domainOpenConsole: ({ dom, flags }, call) => {
      const vm = host.vm(dom);
      if (vm.live === null) throw notRunning();
      if (!vm.definition.shape.console)
        throw qemuRefusal('VIR_ERR_INTERNAL_ERROR', "cannot find console device '(null)'");
      const present = consoles.get(vm.uuid);
      if (present !== undefined && (flags & FORCE) === 0)
        throw qemuRefusal('VIR_ERR_OPERATION_FAILED', 'Active console session exists for this domain');
      present?.leave();
      call.openStream(consolePeer(host, power, vm, consoles));
    },
    domainScreenshot: ({ dom }, call) => {
      const vm = host.vm(dom);
      if (vm.live === null) throw notRunning();
      const image = screens.screenshot(vm);
      call.openStream({
        start: async (stream) => {
          await stream.write(image);
          await stream.end();
        },
      });
      return { mime: 'image/png' };
    },
  };
}

function consolePeer(
  host: SimulatedHost,
  power: VmPower,
  vm: SimulatedVm,
  consoles: Map<string, { leave: () => void }>,
): StreamPeer {
  let stream: ServerStream | undefined;
  const terminal = new GuestTerminal({
    host,
    power,
    vm,
    tty: 'ttyS0',
    print: (text) => void stream?.write(Buffer.from(text, 'utf8')),
  });
  const release = (): void => {
    terminal.close();
    if (consoles.get(vm.uuid) === mine) consoles.delete(vm.uuid);
  };
  const mine = {
    leave: () => {
      release();
      void stream?.end();
    },
  };
  consoles.set(vm.uuid, mine);
  const { live } = vm;
  const watch = (): void => {
    if (stream?.isOpen !== true || consoles.get(vm.uuid) !== mine) return;
    if (vm.live === live) host.later(500, watch);
    else mine.leave();
  };
  return {
    start: (opened) => {
      stream = opened;
      terminal.open();
      host.later(500, watch);
    },
    take: (bytes) => terminal.type(bytes.toString('utf8')),
    finish: release,
    abort: release,
  };
}
