import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import { isCode } from '../fleet/fleet-public.ts';

/** What one host shows of a VM, by libvirt's own words. */
export interface HostView {
  /** Null: it does not know it. */
  readonly state: string | null;
  readonly reason: string;
  /** libvirt's number of the running instance; -1 while it is off. */
  readonly id: number;
  readonly persistent: boolean;
  /** A move from or to it is under way. */
  readonly migrating: boolean;
}

/** What is so, and what is to be done next, after a look at both hosts. */
export type Verdict =
  /** It is where it was, and the other host has nothing of it. */
  | 'at-source'
  /** It is at the other host, and the old one has nothing of it. */
  | 'at-target'
  | 'stop-move'
  | 'clear-target'
  | 'resume-source'
  | 'clear-source'
  /** Both run it. Nobody but a person can say which one is right. */
  | 'twice'
  | 'nowhere'
  | 'unclear';

const isOn = ({ state }: HostView): boolean => state !== null && !['shutoff', 'crashed'].includes(state);
/** Stands still for the sake of a move: sent, or not yet come. */
const standsStill = ({ state, reason }: HostView): boolean =>
  state === 'paused' && ['migration', 'unknown', 'starting-up'].includes(reason);
const runs = (view: HostView): boolean => isOn(view) && !standsStill(view);

/**
 * What a look at both hosts means. A guest that runs at the target ran there because the move was finished, so the source, which stands
 * still, is the old one. One that does not run at the target never ran there, unless it was switched off since, which its reason tells.
 */
export function judge(source: HostView, target: HostView): Verdict {
  if (runs(source) && runs(target)) return 'twice';
  if (source.migrating && target.state !== null && !runs(target)) return 'stop-move';
  if (runs(target)) return source.state === null ? 'at-target' : 'clear-source';
  if (isOn(target)) return 'clear-target';
  if (target.state === null) {
    if (source.state === null) return 'nowhere';
    if (source.migrating) return 'unclear';
    return standsStill(source) ? 'resume-source' : 'at-source';
  }
  // Defined at the target, and off there.
  if (runs(source)) return 'clear-target';
  const ranThere =
    ['shutdown', 'destroyed', 'crashed', 'saved'].includes(target.reason) || target.state === 'crashed';
  if (source.state === null) return 'at-target';
  if (ranThere) return 'clear-source';
  return target.reason === 'failed' ? 'clear-target' : 'unclear';
}

export async function viewOf(api: LibvirtApi, uuid: string, signal: AbortSignal): Promise<HostView> {
  const nowhere: HostView = { state: null, reason: '', id: -1, persistent: false, migrating: false };
  try {
    const domain = await api.domains.lookupByUuid(uuid, { signal });
    const [{ stateName, reasonName }, persistent] = await Promise.all([
      api.domains.state(domain, { signal }),
      api.domains.isPersistent(domain, { signal }),
    ]);
    const view = { state: stateName, reason: reasonName, id: domain.id, persistent, migrating: false };
    return isOn(view) ? { ...view, migrating: await isMigrating(api, domain, signal) } : view;
  } catch (error) {
    if (isCode(error, 'VIR_ERR_NO_DOMAIN')) return nowhere;
    throw error;
  }
}

/** `virDomainJobOperation`: 4 comes in, 5 goes out. Others (a backup) are nothing of ours. */
async function isMigrating(
  api: LibvirtApi,
  domain: Parameters<typeof api.jobs.stats>[0],
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const { typeName, stats } = await api.jobs.stats(domain, 0, { signal });
    const operation = Number(stats['operation'] ?? 0);
    return typeName !== 'none' && typeName !== 'completed' && (operation === 4 || operation === 5);
  } catch (error) {
    // It went off between the questions, or is busy with the very thing that is asked about.
    if (isCode(error, 'VIR_ERR_OPERATION_INVALID', 'VIR_ERR_NO_DOMAIN')) return false;
    if (isCode(error, 'VIR_ERR_OPERATION_TIMEOUT')) return true;
    throw error;
  }
}
