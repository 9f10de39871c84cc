import { changeDefinition, targetsOf } from './definition-change.ts';
import { qemuRefusal } from './host-refusal.ts';
import type { Handlers } from './procedure-table.ts';
import type { SimulatedHost } from './simulated-host.ts';
import type { SimulatedVm } from './simulated-vm.ts';
import { child, element, setChild } from './xml-tree.ts';
import type { XmlElement } from './xml-tree.ts';

const MAXIMUM = 4;

/** How many vCPUs and how much memory a VM has. */
export function sizeHandlers(host: SimulatedHost): Handlers {
  return {
    domainSetVcpusFlags: ({ dom, nvcpus, flags }) => setVcpus(host, host.vm(dom), nvcpus, flags),
    domainGetVcpusFlags: ({ dom, flags }) => {
      const vm = host.vm(dom);
      const [target] = targetsOf(vm, flags);
      const shape = target === 'config' ? (vm.persistent ?? vm.definition).shape : vm.definition.shape;
      const current = target === 'config' ? shape.vcpus : (vm.live?.vcpus ?? shape.vcpus);
      return { num: (flags & MAXIMUM) === 0 ? current : shape.maxVcpus };
    },
    domainSetMemoryFlags: ({ dom, memory, flags }) => setMemory(host, host.vm(dom), memory, flags),
    domainSetMaxMemory: ({ dom, memory }) => setMemory(host, host.vm(dom), memory, MAXIMUM),
  };
}

function setVcpus(host: SimulatedHost, vm: SimulatedVm, count: number, flags: number): void {
  const targets = targetsOf(vm, flags);
  const maximum = (flags & MAXIMUM) !== 0;
  if (maximum && targets.includes('live'))
    throw qemuRefusal('VIR_ERR_INVALID_ARG', 'flag VIR_DOMAIN_AFFECT_LIVE is not supported with maximum');
  for (const target of targets) {
    const shape = (target === 'config' ? vm.persistent : vm.live?.definition)?.shape;
    if (!maximum && shape !== undefined && count > shape.maxVcpus)
      throw qemuRefusal(
        'VIR_ERR_INVALID_ARG',
        `requested vcpus is greater than max allowable vcpus for the ${target === 'live' ? 'live' : 'persistent'} domain: ${count} > ${shape.maxVcpus}`,
      );
  }
  if (targets.includes('live') && vm.live !== null) {
    requireUnpluggable(vm, count);
    vm.settle(host.nowMs(), vm.isRunning);
    vm.live.vcpus = count;
  }
  changeDefinition(vm, flags, (domain) => {
    const vcpu = child(domain, 'vcpu');
    if (vcpu === undefined) return;
    if (maximum) {
      vcpu.text = String(count);
      if (Number(vcpu.attributes['current'] ?? 0) >= count) delete vcpu.attributes['current'];
    } else if (String(count) === vcpu.text) delete vcpu.attributes['current'];
    else vcpu.attributes['current'] = String(count);
  });
}

/** vCPUs a guest was started with stay, and those added since go if the guest lets them. */
function requireUnpluggable(vm: SimulatedVm, count: number): void {
  const { live } = vm;
  if (live === null || count >= live.vcpus) return;
  if (count < live.vcpusFixed)
    throw qemuRefusal(
      'VIR_ERR_INVALID_ARG',
      'failed to find appropriate hotpluggable vcpus to reach the desired target vcpu count',
    );
  if (vm.holdsDevices)
    throw qemuRefusal('VIR_ERR_OPERATION_FAILED', 'vcpu unplug request was rejected by the guest');
}

function setMemory(host: SimulatedHost, vm: SimulatedVm, memoryKiB: number, flags: number): void {
  const targets = targetsOf(vm, flags);
  const maximum = (flags & MAXIMUM) !== 0;
  if (maximum && targets.includes('live'))
    throw qemuRefusal('VIR_ERR_OPERATION_INVALID', 'cannot resize the maximum memory on an active domain');
  for (const target of targets) {
    const shape = (target === 'config' ? vm.persistent : vm.live?.definition)?.shape;
    if (!maximum && shape !== undefined && memoryKiB > shape.maxMemoryKiB)
      throw qemuRefusal('VIR_ERR_INVALID_ARG', 'cannot set memory higher than max memory');
  }
  const write = (domain: XmlElement, name: string): void =>
    setChild(domain, element(name, { unit: 'KiB' }, String(memoryKiB)));
  changeDefinition(vm, flags, (domain) => {
    if (maximum) write(domain, 'memory');
    if (!maximum || Number(child(domain, 'currentMemory')?.text) > memoryKiB) write(domain, 'currentMemory');
  });
  if (maximum || !targets.includes('live') || vm.live === null) return;
  vm.live.memoryKiB = memoryKiB;
  host.events.tell('domainBalloonChange', vm.uuid, { dom: vm.ref, actual: memoryKiB });
}
