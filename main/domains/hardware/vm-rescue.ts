import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { InputOf } from '../../../shared/contract/operation.ts';
import type { hardwareContract } from '../../../shared/domains/hardware/hardware-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { rescueXml } from './device-xml.ts';
import type { HardwareParts } from './hardware-parts.ts';
import { isMedium, volumeNamed } from './host-volume-find.ts';
import { changeVm, type ChangeOutcome } from './vm-open.ts';

type Contract = typeof hardwareContract;

/**
 * Starts a VM from a rescue image. libvirt starts a defined VM from another text and keeps the definition (virDomainCreateXML), so there is
 * nothing to take back afterwards: whoever stops it, and however, its next start is from its own disk.
 */
export async function vmRescueStart(
  parts: HardwareParts,
  input: InputOf<Contract['vmRescueStart']>,
  context: CallContext,
): Promise<ChangeOutcome<'no-such-volume'>> {
  const { pool, volume } = input;
  return await changeVm(parts, { vmId: input.vmId, action: 'rescueStart', context }, async (vm) => {
    const found = await volumeNamed(vm.api, { pool, volume }, vm.signal);
    if (found === undefined) return refuse('no-such-volume', { host: vm.vm.host_name, volume, pool });
    if (vm.next === null) return refuse('not-now', { name: vm.vm.name, reason: 'it has no definition' });
    const xml = rescueXml(vm.next, { path: found.path, format: found.format, isCd: isMedium(found) });
    await vm.api.domains.createTransient(xml, 0, { signal: vm.signal });
    return done({
      effects: [
        {
          what: 'Started',
          from: 'off',
          to: `from ${volume}`,
          when: 'now' as const,
          why: 'until it is switched off: its next start is from its own disk',
        },
      ],
    });
  });
}

/** Cuts the power of a VM in rescue and starts it from its own disk. */
export async function vmRescueEnd(
  parts: HardwareParts,
  input: InputOf<Contract['vmRescueEnd']>,
  context: CallContext,
): Promise<ChangeOutcome<'not-in-rescue'>> {
  return await changeVm(parts, { vmId: input.vmId, action: 'rescueEnd', context }, async (vm) => {
    if (vm.live?.isRescue !== true) return refuse('not-in-rescue', { name: vm.vm.name });
    await vm.api.domains.destroy(vm.ref, 0, { signal: vm.signal });
    await vm.api.domains.start(vm.ref, 0, { signal: vm.signal });
    return done({
      effects: [{ what: 'Started', from: 'rescue', to: 'from its own disk', when: 'now' as const, why: '' }],
    });
  });
}
