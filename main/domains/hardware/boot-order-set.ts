import { affect } from '../../platform/libvirt/flags.ts';
import { childOf, childrenOf, outlineXml, XmlEdit } from '../../platform/xml/xml-edit.ts';
import type { Definition } from './definition-read.ts';
import { redefine } from './device-change.ts';
import { withBootOrder, type BootEntry } from './device-xml.ts';
import type { OpenVm } from './vm-open.ts';

/**
 * Says from what a VM starts next. Where its devices have an order each is changed by itself, by a call that touches nothing else: what others
 * change in the same moment is kept. A definition that still has its order by kinds (`<os><boot>`) is rewritten whole, the first time.
 */
export async function setBootOrder(
  vm: OpenVm & { readonly next: Definition },
  order: readonly BootEntry[],
): Promise<void> {
  if (!isByDevice(vm.next)) {
    await redefine(vm, (xml) => withBootOrder(xml, order));
    return;
  }
  const { api, ref, signal } = vm;
  const update = async (xml: string): Promise<void> =>
    await api.domains.updateDevice(ref, xml, affect.config, { signal });
  const done: string[] = [];
  try {
    for (const { before, after } of bootSteps(vm.next, order)) {
      await update(after);
      done.push(before);
    }
  } catch (error) {
    // Half an order is none that anybody asked for; where the host is lost the next try sets it whole.
    for (const before of done.toReversed()) await update(before).catch(() => undefined);
    throw error;
  }
}

/** Devices that are passed through may have a place in the order too, and cannot be changed by themselves. */
function isByDevice(definition: Definition): boolean {
  const devices = childOf(outlineXml(definition.xml), 'devices');
  const passed = ['hostdev', 'redirdev'].flatMap((name) => childrenOf(devices, name));
  return definition.bootDevices.length === 0 && passed.every((one) => childOf(one, 'boot') === undefined);
}

/**
 * The devices to change, one after the other. No two may have the same place at any time, so the new places are those nobody has: from 1 where
 * that is free, else after the last.
 */
export function bootSteps(
  { disks, nics }: Pick<Definition, 'disks' | 'nics'>,
  order: readonly BootEntry[],
): { readonly before: string; readonly after: string }[] {
  const devices = [
    ...disks.map(({ target, bootOrder, xml }) => ({ id: target, bootOrder, xml })),
    ...nics.map(({ mac, bootOrder, xml }) => ({ id: mac, bootOrder, xml })),
  ];
  const taken = devices.flatMap(({ bootOrder }) => (bootOrder === null ? [] : [bootOrder]));
  const first = taken.every((place) => place > order.length) ? 1 : Math.max(...taken) + 1;
  const placed = order.flatMap(({ id }, at) =>
    devices.filter((device) => device.id === id).map(({ xml }) => step(xml, `<boot order='${first + at}'/>`)),
  );
  const dropped = devices.filter(
    ({ id, bootOrder }) => bootOrder !== null && order.every((entry) => entry.id !== id),
  );
  return [...placed, ...dropped.map(({ xml }) => step(xml, ''))];
}

function step(before: string, boot: string): { readonly before: string; readonly after: string } {
  const edit = new XmlEdit(before);
  edit.setChild(edit.root, 'boot', boot);
  return { before, after: edit.toString() };
}
