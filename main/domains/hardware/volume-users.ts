import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import type { Store } from '../../platform/store/store.ts';
import { definitionWith, volumeSharer } from '../fleet/fleet-public.ts';

/** Volumes of templates are named by it; VMs are made from copies of them. */
export function isTemplateVolume(name: string): boolean {
  return name.startsWith('innkeeper-template-');
}

/**
 * Who beside this VM has a volume, in words; undefined where nobody does. On its own host every definition is read as it is now; of VMs on other
 * hosts that see the same storage the rows tell.
 */
export async function otherUserOf(
  at: {
    readonly store: Store;
    readonly api: LibvirtApi;
    readonly signal: AbortSignal;
    readonly hostId: string;
    /** The VM that is not meant; empty: nobody is excepted. */
    readonly uuid: string;
    readonly vmId?: string;
  },
  volume: { readonly pool: string; readonly name: string; readonly path: string },
): Promise<string | undefined> {
  if (isTemplateVolume(volume.name)) return 'a template';
  const here = await definitionWith(at, volume);
  return here ?? (await volumeSharer(at.store.tables(), { vmId: at.vmId, hostId: at.hostId }, volume));
}
