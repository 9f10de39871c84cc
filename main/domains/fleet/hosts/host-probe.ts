import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import { done, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import { enterHost, whereOf } from './host-door.ts';
import { doorRefusal } from './host-door-refusals.ts';
import { hostProblems } from './host-problems.ts';
import { readFactsOf } from './host-facts-over-link.ts';

type Operation = typeof fleetContract.hostProbe;

/** Enters a host and tells what is there; leaves nothing behind, here or there. */
export async function hostProbe(
  input: InputOf<Operation>,
  signal: AbortSignal,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  try {
    const entered = await enterHost(input, { signal });
    try {
      const link = { session: entered.libvirt, ssh: async () => entered.ssh };
      const [facts, vms] = await Promise.all([
        readFactsOf(link, signal),
        entered.libvirt.domains.listAll(0, { signal }),
      ]);
      return done({
        fingerprint: entered.hostKey.fingerprint,
        hostname: facts.hostname,
        hypervisor: facts.hypervisor,
        libvirtVersion: facts.libvirtVersion,
        cpuModel: facts.cpuModel,
        cpuCount: facts.cpuCount,
        memoryBytes: facts.memoryBytes,
        vms: vms.length,
        pools: [...facts.pools],
        networks: [...facts.networks],
        problems: hostProblems(facts),
      });
    } finally {
      await entered.close();
    }
  } catch (error) {
    const refusal = doorRefusal(error, { ...input, where: whereOf(input) });
    if (refusal === undefined) throw error;
    return refusal;
  }
}
