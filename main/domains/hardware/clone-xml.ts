import { randomUUID } from 'node:crypto';
import { attributeOf, childOf, childrenOf, escapeXml, XmlEdit } from '../../platform/xml/xml-edit.ts';
import { macOf } from '../fleet/fleet-public.ts';
import type { Definition } from './definition-read.ts';

/**
 * The definition of a copy: everything as in the VM it is copied from but what must be a VM's own: name, UUID, MAC addresses, disks,
 * UEFI settings, and the mark that says which of our VMs it is.
 */
export function cloneXml(
  source: Definition,
  made: {
    readonly vmId: string;
    readonly uuid: string;
    readonly name: string;
    /** Sources of the copied disks → paths of the new volumes. */
    readonly paths: Readonly<Record<string, string>>;
  },
): string {
  const edit = new XmlEdit(source.xml);
  edit.setChild(edit.root, 'name', `<name>${escapeXml(made.name)}</name>`);
  edit.setChild(edit.root, 'uuid', `<uuid>${made.uuid}</uuid>`);
  edit.setChild(edit.root, 'genid', '');
  const mark = `<innkeeper:vm xmlns:innkeeper='https://innkeeper.example/ns/vm/1' id='${made.vmId}'/>`;
  const metadata = childOf(edit.root, 'metadata');
  const own = metadata?.children.find((one) =>
    Object.values(one.attributes).includes('https://innkeeper.example/ns/vm/1'),
  );
  if (own !== undefined) edit.replace(own, mark);
  else if (metadata !== undefined) edit.append(metadata, mark);
  else edit.append(edit.root, `<metadata>${mark}</metadata>`);
  // libvirt makes a new file of UEFI settings where none is named.
  const nvram = childOf(childOf(edit.root, 'os'), 'nvram');
  if (nvram !== undefined) edit.remove(nvram);
  const devices = childOf(edit.root, 'devices');
  for (const [index, disk] of source.disks.entries()) {
    const element = childrenOf(devices, 'disk')[index];
    const path = made.paths[disk.source];
    if (element === undefined || path === undefined) continue;
    const opened = new XmlEdit(edit.textOf(element));
    opened.setChild(opened.root, 'source', `<source file='${escapeXml(path)}'/>`);
    opened.setChild(opened.root, 'backingStore', '');
    if (disk.device === 'disk' && attributeOf(element, 'driver', 'type') !== 'qcow2')
      opened.setChild(opened.root, 'driver', "<driver name='qemu' type='qcow2'/>");
    edit.replace(element, opened.toString().replace(/^<disk\s+type=(['"])[^'"]*\1/, "<disk type='file'"));
  }
  for (const [index, nic] of childrenOf(devices, 'interface').entries()) {
    const mac = macOf(index === 0 ? made.uuid : randomUUID());
    edit.setChild(nic, 'mac', `<mac address='${mac}'/>`);
    edit.setChild(nic, 'target', '');
  }
  return edit.toString();
}
