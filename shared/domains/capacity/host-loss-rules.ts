import type { PlacementHost, VmToPlace } from '../fleet/placement-rules.ts';
import type { PlacementTrial } from '../fleet/placement-trial.ts';

/** So many VMs of one size: for trials in which only numbers matter. */
export interface VmsAlike {
  readonly vm: VmToPlace;
  readonly count: number;
}

/** What happens to the rest of a cluster when a host is lost for good. */
export interface HostLoss {
  readonly hostId: string;
  readonly vms: number;
  /** VMs for which there is no room on the other hosts, and their memory. */
  readonly unplaced: number;
  readonly unplacedMemoryBytes: number;
  /** Memory left to sell on the others after all that fit were placed. */
  readonly spareMemoryBytes: number;
}

/**
 * Places the VMs of a host on the others of its cluster, on paper, and puts the trial back as it was. Without reasons, so that every
 * host of a cluster can be tried in turn.
 */
export function tryHostLoss(
  trial: PlacementTrial,
  lost: Pick<PlacementHost, 'id' | 'clusterId'>,
  vms: readonly VmsAlike[],
  others: readonly Pick<PlacementHost, 'id' | 'closed'>[],
): HostLoss {
  const choice = { except: new Set([lost.id]), within: lost.clusterId };
  const placed: { vm: VmToPlace; hostId: string }[] = [];
  let count = 0;
  let unplaced = 0;
  let unplacedMemoryBytes = 0;
  for (const alike of vms.toSorted(
    (a, b) => b.vm.memoryBytes - a.vm.memoryBytes || b.vm.vcpus - a.vm.vcpus,
  )) {
    count += alike.count;
    for (let n = 0; n < alike.count; n += 1) {
      const hostId = trial.place(alike.vm, choice);
      if (hostId === undefined) {
        // What did not fit once does not fit the next time: room only shrinks.
        unplaced += alike.count - n;
        unplacedMemoryBytes += (alike.count - n) * alike.vm.memoryBytes;
        break;
      }
      placed.push({ vm: alike.vm, hostId });
    }
  }
  let spareMemoryBytes = 0;
  for (const other of others) {
    if (other.id !== lost.id && other.closed === '')
      spareMemoryBytes += trial.room(other.id)?.memoryBytes ?? 0;
  }
  for (const { vm, hostId } of placed) trial.release(vm, hostId);
  return { hostId: lost.id, vms: count, unplaced, unplacedMemoryBytes, spareMemoryBytes };
}

/** The loss that hurts most: most memory without a place, else least to spare afterwards. */
export function worstLoss(losses: readonly HostLoss[]): HostLoss | undefined {
  return losses.toSorted(
    (a, b) =>
      b.unplacedMemoryBytes - a.unplacedMemoryBytes ||
      b.unplaced - a.unplaced ||
      a.spareMemoryBytes - b.spareMemoryBytes,
  )[0];
}

/** `fails`: VMs would have no place. `tight`: less than a twentieth of what may be sold would be left. */
export function lossVerdict(loss: HostLoss, sellableMemoryBytes: number): 'fails' | 'tight' | 'holds' {
  if (loss.unplaced > 0) return 'fails';
  return loss.spareMemoryBytes < sellableMemoryBytes / 20 ? 'tight' : 'holds';
}
