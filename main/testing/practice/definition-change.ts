import { domainShape } from './domain-shape.ts';
import { HostRefusal, notRunning } from './host-refusal.ts';
import type { Definition, SimulatedVm } from './simulated-vm.ts';
import { parseXml, printXml } from './xml-tree.ts';
import type { XmlElement } from './xml-tree.ts';

/** `virDomainModificationImpact`: 0 means the running instance of a running VM, the definition of one that is off. */
export const impact = { live: 1, config: 2 } as const;

export type Target = 'live' | 'config';

/** Which of the two definitions a call means; refused as the QEMU driver refuses what is not there. */
export function targetsOf(vm: SimulatedVm, flags: number): Target[] {
  const asked = flags & (impact.live | impact.config);
  const live = asked === 0 ? vm.live !== null : (asked & impact.live) !== 0;
  const config = asked === 0 ? vm.live === null : (asked & impact.config) !== 0;
  if (live && vm.live === null) throw notRunning();
  if (config && vm.persistent === null)
    throw new HostRefusal(
      'VIR_ERR_OPERATION_INVALID',
      'VIR_FROM_DOMAIN',
      'transient domains do not have any persistent config',
    );
  return [...(live ? (['live'] as const) : []), ...(config ? (['config'] as const) : [])];
}

/** Changes the definitions a call means. All edits are made before any takes effect: refused in the middle, nothing has changed. */
export function changeDefinition(
  vm: SimulatedVm,
  flags: number,
  edit: (domain: XmlElement, target: Target) => void,
): Target[] {
  const targets = targetsOf(vm, flags);
  const made = targets.map((target) => edited(vm, target, edit));
  targets.forEach((target, index) => {
    const definition = made[index];
    if (definition === undefined) return;
    if (target === 'config') vm.persistent = definition;
    else if (vm.live !== null) vm.live.definition = definition;
  });
  return targets;
}

function edited(
  vm: SimulatedVm,
  target: Target,
  edit: (domain: XmlElement, target: Target) => void,
): Definition | undefined {
  const before = target === 'live' ? vm.live?.definition : vm.persistent;
  if (before === undefined || before === null) return undefined;
  const domain = parseXml(before.xml);
  edit(domain, target);
  return { xml: printXml(domain), shape: domainShape(domain) };
}
