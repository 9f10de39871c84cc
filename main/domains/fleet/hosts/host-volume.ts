import { setTimeout as sleep } from 'node:timers/promises';
import type { LibvirtApi } from '../../../platform/libvirt/libvirt-api.ts';
import { LibvirtError } from '../../../platform/libvirt/libvirt-errors.ts';
import type { StorageVolumeRef } from '../../../platform/libvirt/xdr-objects.ts';
import type { StepContext } from '../../../platform/tasks/task-definition.ts';

/** A volume by name; undefined where there is none. The pool is read anew when it is not found: files appear behind libvirt's back. */
export async function findVolume(
  api: LibvirtApi,
  at: { pool: string; name: string },
  signal: AbortSignal,
): Promise<StorageVolumeRef | undefined> {
  const pool = await api.storage.lookupPoolByName(at.pool, { signal });
  try {
    return await api.storage.lookupVolumeByName(pool, at.name, { signal });
  } catch (error) {
    if (!isCode(error, 'VIR_ERR_NO_STORAGE_VOL')) throw error;
    return undefined;
  }
}

/** Deletes a volume; done when there is none, whoever deleted it. */
export async function dropVolume(
  api: LibvirtApi,
  at: { pool: string; name: string },
  { signal, stillOurs }: Pick<StepContext<unknown>, 'signal' | 'stillOurs'>,
): Promise<void> {
  const volume = await findVolume(api, at, signal);
  if (volume === undefined) return;
  await stillOurs();
  try {
    await api.storage.deleteVolume(volume, 0, { signal });
  } catch (error) {
    if (!isCode(error, 'VIR_ERR_NO_STORAGE_VOL')) throw error;
  }
}

/** A volume of an attempt that was cut off: the host may still be writing it, and lets it go only afterwards. */
export async function dropUnfinished(
  api: LibvirtApi,
  at: { pool: string; name: string },
  context: Pick<StepContext<unknown>, 'signal' | 'stillOurs'>,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await dropVolume(api, at, context);
      return;
    } catch (error) {
      const isBusy = isCode(error, 'VIR_ERR_OPERATION_INVALID', 'VIR_ERR_INTERNAL_ERROR');
      if (!isBusy || tries >= 60) throw error;
      await sleep(1000, undefined, { signal: context.signal });
    }
  }
}

export function isCode(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof LibvirtError && names.includes(error.codeName);
}
