import { randomUUID } from 'node:crypto';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { InputOf } from '../../../shared/contract/operation.ts';
import type { hardwareContract } from '../../../shared/domains/hardware/hardware-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { macOf, networksOfHost, type FleetTables } from '../fleet/fleet-public.ts';
import type { Definition, DefinitionNic } from './definition-read.ts';
import { attachDevice, detachDevice, updateDevice } from './device-change.ts';
import { nicXml, withPlug } from './device-xml.ts';
import { effectsOf } from './effect-words.ts';
import type { HardwareParts } from './hardware-parts.ts';
import { changeVm, type ChangedVm, type ChangeOutcome, type OpenVm } from './vm-open.ts';

type Contract = typeof hardwareContract;
type Network = InputOf<Contract['vmNicAdd']>['network'];

export function nicWithMac(
  { live, next }: Pick<OpenVm, 'live' | 'next'>,
  mac: string,
): DefinitionNic | undefined {
  return [live, next].flatMap((one) => one?.nics ?? []).find((nic) => nic.mac === mac);
}

function nicText(mac: string): (definition: Definition) => string | undefined {
  return ({ nics }) => nics.find((nic) => nic.mac === mac)?.xml;
}

async function noNetwork(parts: HardwareParts, { vm }: ChangedVm, { kind, name }: Network) {
  const networks = await networksOfHost(parts.store.tables<FleetTables>(), vm.host_id);
  const isThere = networks.some((one) => one.active && one.kind === kind && one.name === name);
  return isThere ? undefined : refuse('no-such-network', { host: vm.host_name, kind, network: name });
}

export async function vmNicAdd(
  parts: HardwareParts,
  input: InputOf<Contract['vmNicAdd']>,
  context: CallContext,
): Promise<ChangeOutcome<'no-such-network'>> {
  return await changeVm(parts, { vmId: input.vmId, action: 'nicAdd', context }, async (vm) => {
    const refused = await noNetwork(parts, vm, input.network);
    if (refused) return refused;
    const mac = macOf(randomUUID());
    const landed = await attachDevice(vm, nicXml({ ...input, mac }));
    return done({
      effects: effectsOf({ what: `Network card ${mac}`, from: 'none', to: input.network.name }, landed),
    });
  });
}

/** Plugs a card in elsewhere, pulls its cable or plugs it in again. */
export async function vmNicChange(
  parts: HardwareParts,
  input: InputOf<Contract['vmNicChange']>,
  context: CallContext,
): Promise<ChangeOutcome<'no-such-nic' | 'no-such-network'>> {
  const { mac, network, linkUp } = input;
  return await changeVm(parts, { vmId: input.vmId, action: 'nicChange', context }, async (vm) => {
    const nic = nicWithMac(vm, mac);
    if (nic === undefined) return refuse('no-such-nic', { name: vm.vm.name, mac });
    const refused = network === null ? undefined : await noNetwork(parts, vm, network);
    if (refused) return refused;
    const landed = await updateDevice(vm, nicText(mac), (xml) => withPlug(xml, { network, linkUp }));
    const cable = (up: boolean): string => (up ? 'cable in' : 'cable out');
    const to = [network?.name ?? '', linkUp === null ? '' : cable(linkUp)].filter(Boolean).join(', ');
    const from = `${nic.source}, ${cable(nic.linkUp)}`;
    return done({ effects: effectsOf({ what: `Network card ${mac}`, from, to }, landed) });
  });
}

export async function vmNicRemove(
  parts: HardwareParts,
  input: InputOf<Contract['vmNicRemove']>,
  context: CallContext,
): Promise<ChangeOutcome<'no-such-nic'>> {
  const { mac } = input;
  return await changeVm(parts, { vmId: input.vmId, action: 'nicRemove', context }, async (vm) => {
    const nic = nicWithMac(vm, mac);
    if (nic === undefined) return refuse('no-such-nic', { name: vm.vm.name, mac });
    const landed = await detachDevice(vm, nicText(mac));
    return done({
      effects: effectsOf({ what: `Network card ${mac}`, from: nic.source, to: 'removed' }, landed),
    });
  });
}
