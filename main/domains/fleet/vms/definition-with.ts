import { domainXmlFlags } from '../../../platform/libvirt/flags.ts';
import type { LibvirtApi } from '../../../platform/libvirt/libvirt-api.ts';
import type { DomainRef } from '../../../platform/libvirt/xdr-objects.ts';
import { escapeXml } from '../../../platform/xml/xml-edit.ts';
import { isCode } from '../hosts/host-volume.ts';
import type { VolumePlace } from './vm-deletion-volumes.ts';
import { parseVmXml } from './vm-xml.ts';

/** Definitions read at once: a host answers no more calls of one connection side by side. */
const AT_ONCE = 5;

/**
 * Another VM of the host whose definition has this volume, by name; undefined where there is none. Every definition is read as it is now, for the
 * rows of VMs know neither what was changed since the last look nor what is defined for the next start of one that runs.
 */
export async function definitionWith(
  at: { readonly api: LibvirtApi; readonly uuid: string; readonly signal: AbortSignal },
  volume: VolumePlace,
): Promise<string | undefined> {
  const { api, uuid, signal } = at;
  const others = (await api.domains.listAll(0, { signal })).filter((domain) => domain.uuid !== uuid);
  for (let from = 0; from < others.length; from += AT_ONCE) {
    const some = others.slice(from, from + AT_ONCE);
    const named = await Promise.all(
      some.map(async (domain) => ((await has(at, domain, volume)) ? domain.name : undefined)),
    );
    const user = named.find((name) => name !== undefined);
    if (user !== undefined) return user;
  }
  return undefined;
}

async function has(
  { api, signal }: { readonly api: LibvirtApi; readonly signal: AbortSignal },
  domain: DomainRef,
  volume: VolumePlace,
): Promise<boolean> {
  // A path stands in disks, in what they are layered on, and in copies under way: whichever it is, it is in use.
  const path = escapeXml(volume.path);
  for (const flags of [0, domainXmlFlags.inactive]) {
    const xml = await api.domains.xml(domain, flags, { signal }).catch((error: unknown) => {
      // Gone since it was listed.
      if (isCode(error, 'VIR_ERR_NO_DOMAIN')) return undefined;
      throw error;
    });
    if (xml === undefined) return false;
    if (xml.includes(`'${path}'`) || xml.includes(`"${path}"`)) return true;
    const inPool = `${volume.pool}/${volume.name}`;
    if (parseVmXml(xml).disks.some(({ source }) => source === inPool)) return true;
  }
  return false;
}
