import { parseDomain } from './domain-definition.ts';
import { HostRefusal, notRunning, qemuRefusal } from './host-refusal.ts';
import type { Handlers } from './procedure-table.ts';
import type { SimulatedHost } from './simulated-host.ts';
import type { SimulatedVm } from './simulated-vm.ts';
import type { VmPower } from './vm-power.ts';
import { childText } from './xml-tree.ts';

/** `virDomainUndefineFlagsValues` */
const undefineFlags = { managedSave: 1, snapshots: 2, nvram: 4, keepNvram: 8, checkpoints: 16 } as const;

/** Defining VMs and turning them on and off. */
export function domainPowerHandlers(host: SimulatedHost, power: VmPower): Handlers {
  const define = (xml: string): { dom: SimulatedVm['ref'] } => {
    const { vm, definition } = host.define(xml);
    const updated = vm.persistent !== null || vm.live !== null;
    host.vms.set(vm.uuid, vm);
    vm.persistent = definition;
    host.events.lifecycle(vm, updated ? 'definedUpdated' : 'definedAdded');
    return { dom: vm.ref };
  };
  const undefine = (vm: SimulatedVm, flags: number): void => undefineVm(host, vm, flags);
  return {
    domainDefineXml: ({ xml }) => define(xml),
    domainDefineXmlFlags: ({ xml }) => define(xml),
    domainUndefine: ({ dom }) => undefine(host.vm(dom), 0),
    domainUndefineFlags: ({ dom, flags }) => undefine(host.vm(dom), flags),
    domainCreate: async ({ dom }) => await power.start(host.vm(dom), 0),
    domainCreateWithFlags: async ({ dom, flags }) => {
      const vm = host.vm(dom);
      await power.start(vm, flags);
      return { dom: vm.ref };
    },
    domainCreateXml: async ({ xmlDesc, flags }) => {
      const { vm, definition } = host.define(xmlDesc);
      if (vm.live !== null)
        throw qemuRefusal('VIR_ERR_OPERATION_INVALID', `domain is already active as '${vm.name}'`);
      const known = host.vms.has(vm.uuid);
      host.vms.set(vm.uuid, vm);
      try {
        await power.launch(vm, definition, flags);
      } catch (error) {
        if (!known) host.vms.delete(vm.uuid);
        throw error;
      }
      return { dom: vm.ref };
    },
    domainSuspend: ({ dom }) => power.suspend(host.vm(dom)),
    domainResume: ({ dom }) => power.resume(host.vm(dom)),
    domainShutdown: ({ dom }) => power.shutdown(host.vm(dom)),
    domainShutdownFlags: ({ dom }) => power.shutdown(host.vm(dom)),
    domainReboot: ({ dom }) => power.reboot(host.vm(dom), false),
    domainReset: ({ dom }) => power.reboot(host.vm(dom), true),
    domainDestroy: ({ dom }) => power.destroy(host.vm(dom)),
    domainDestroyFlags: ({ dom }) => power.destroy(host.vm(dom)),
    domainManagedSave: ({ dom }) => power.managedSave(host.vm(dom)),
    domainManagedSaveRemove: ({ dom }) => {
      host.vm(dom).managedSave = false;
    },
    domainSetAutostart: ({ dom, autostart }) => {
      const vm = host.vm(dom);
      if (vm.persistent === null)
        throw qemuRefusal('VIR_ERR_OPERATION_INVALID', 'cannot set autostart for transient domain');
      vm.autostart = autostart;
    },
    domainRename: ({ dom, newName }) => rename(host, host.vm(dom), newName ?? ''),
    domainInjectNmi: ({ dom }) => {
      if (host.vm(dom).live === null) throw notRunning();
    },
    domainSendKey: ({ dom }) => {
      if (host.vm(dom).live === null) throw notRunning();
    },
  };
}

function undefineVm(host: SimulatedHost, vm: SimulatedVm, flags: number): void {
  if (vm.persistent === null)
    throw qemuRefusal('VIR_ERR_OPERATION_INVALID', 'cannot undefine transient domain');
  const refuse = (detail: string): never => {
    throw qemuRefusal('VIR_ERR_OPERATION_INVALID', detail);
  };
  if (vm.live === null && vm.snapshots.length > 0 && (flags & undefineFlags.snapshots) === 0)
    refuse(`cannot delete inactive domain with ${vm.snapshots.length} snapshots`);
  if (vm.live === null && vm.checkpoints.length > 0 && (flags & undefineFlags.checkpoints) === 0)
    refuse(`cannot delete inactive domain with ${vm.checkpoints.length} checkpoints`);
  if (vm.managedSave && (flags & undefineFlags.managedSave) === 0)
    refuse('Refusing to undefine while domain managed save image exists');
  vm.managedSave = false;
  vm.persistent = null;
  vm.autostart = false;
  host.events.lifecycle(vm, 'undefinedRemoved');
  if (vm.live === null) host.vms.delete(vm.uuid);
}

function rename(host: SimulatedHost, vm: SimulatedVm, newName: string): { retcode: number } {
  if (vm.live !== null) throw qemuRefusal('VIR_ERR_OPERATION_INVALID', 'cannot rename active domain');
  if (newName === '' || newName.includes('/'))
    throw new HostRefusal('VIR_ERR_XML_ERROR', 'VIR_FROM_DOMAIN', `name ${newName} cannot contain '/'`);
  if (host.vmByName(newName) !== undefined)
    throw new HostRefusal(
      'VIR_ERR_OPERATION_INVALID',
      'VIR_FROM_DOMAIN',
      `domain with name '${newName}' already exists`,
    );
  const { persistent } = vm;
  if (persistent === null) throw qemuRefusal('VIR_ERR_OPERATION_INVALID', 'cannot rename a transient domain');
  host.events.lifecycle(vm, 'undefinedRenamed');
  const old = childText(parseDomain(persistent.xml), 'name') ?? vm.name;
  vm.persistent = {
    xml: persistent.xml.replace(`<name>${old}</name>`, `<name>${newName}</name>`),
    shape: { ...persistent.shape, name: newName },
  };
  vm.name = newName;
  host.events.lifecycle(vm, 'definedRenamed');
  return { retcode: 0 };
}
