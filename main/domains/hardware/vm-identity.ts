import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { InputOf } from '../../../shared/contract/operation.ts';
import type { hardwareContract } from '../../../shared/domains/hardware/hardware-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { LibvirtError } from '../../platform/libvirt/libvirt-errors.ts';
import { isCode, type FleetTables } from '../fleet/fleet-public.ts';
import type { HardwareParts } from './hardware-parts.ts';
import { changeVm, inForce, tellChange, type ChangeOutcome } from './vm-open.ts';

type Contract = typeof hardwareContract;

/** Renames a VM on its host; its disks keep the names of their files. */
export async function vmRename(
  parts: HardwareParts,
  input: InputOf<Contract['vmRename']>,
  context: CallContext,
): Promise<ChangeOutcome<'name-taken'>> {
  return await changeVm(parts, { vmId: input.vmId, action: 'rename', context }, async (vm) => {
    const { host_id: hostId, host_name: host, name: before } = vm.vm;
    const effects = [
      {
        what: 'Name',
        from: before,
        to: input.name,
        when: 'now' as const,
        why: 'host name inside and disks keep theirs',
      },
    ];
    if (input.name === inForce(vm).name) return done({ effects: [] });
    const taken = await parts.store
      .tables<FleetTables>()
      .selectFrom('vm')
      .select('id')
      .where('host_id', '=', hostId)
      .where('name', '=', input.name)
      .where('id', '<>', vm.vm.id)
      .executeTakeFirst();
    if (taken !== undefined) return refuse('name-taken', { name: input.name, host });
    try {
      await vm.api.domains.rename(vm.ref, input.name, { signal: vm.signal });
    } catch (error) {
      if (error instanceof LibvirtError && /already exists/.test(error.message))
        return refuse('name-taken', { name: input.name, host });
      if (isCode(error, 'VIR_ERR_OPERATION_INVALID', 'VIR_ERR_OPERATION_UNSUPPORTED'))
        return refuse('not-now', { name: before, reason: (error as Error).message.replace(/\.$/, '') });
      throw error;
    }
    return done({ effects });
  });
}

/** Whether libvirt starts it when its host comes up. */
export async function vmAutostart(
  parts: HardwareParts,
  input: InputOf<Contract['vmAutostart']>,
  context: CallContext,
): Promise<ChangeOutcome<never>> {
  const { autostart } = input;
  return await changeVm(parts, { vmId: input.vmId, action: 'autostart', context }, async (vm) => {
    if (vm.next === null)
      return refuse('not-now', {
        name: vm.vm.name,
        reason: 'it has no definition: it is gone when it stops',
      });
    const before = await vm.api.domains.autostart(vm.ref, { signal: vm.signal });
    await vm.api.domains.setAutostart(vm.ref, autostart, { signal: vm.signal });
    await tellChange(parts, vm, { vm: vm.vm, autostart });
    const words = (on: boolean): string => (on ? 'with its host' : 'by hand');
    const effect = {
      what: 'Starts',
      from: words(before),
      to: words(autostart),
      when: 'now' as const,
      why: '',
    };
    return done({ effects: before === autostart ? [] : [effect] });
  });
}

/** Sets a password inside, through the agent. It goes to the host and nowhere else: not into the store, the log or the audit log. */
export async function vmPassword(
  parts: HardwareParts,
  input: InputOf<Contract['vmPassword']>,
  context: CallContext,
): Promise<ChangeOutcome<'no-agent' | 'guest-refused'>> {
  const { user, password } = input;
  return await changeVm(parts, { vmId: input.vmId, action: 'password', context }, async (vm) => {
    const { name } = vm.vm;
    if (vm.live?.hasAgent !== true)
      return refuse('no-agent', { name, reason: 'its definition has no channel for one' });
    try {
      await vm.api.guest.setUserPassword(vm.ref, { user, password }, { signal: vm.signal });
    } catch (error) {
      if (!(error instanceof LibvirtError)) throw error;
      // libvirt says which command of the agent failed, never what it was given.
      const reason = error.message.replaceAll(password, '…').replace(/\.$/, '');
      if (
        isCode(error, 'VIR_ERR_AGENT_UNRESPONSIVE', 'VIR_ERR_ARGUMENT_UNSUPPORTED', 'VIR_ERR_AGENT_UNSYNCED')
      )
        return refuse('no-agent', { name, reason });
      if (isCode(error, 'VIR_ERR_INTERNAL_ERROR')) return refuse('guest-refused', { name, reason });
      throw error;
    }
    const effect = { what: `Password of ${user}`, from: '', to: 'set', when: 'now' as const, why: '' };
    return done({ effects: [effect] });
  });
}
