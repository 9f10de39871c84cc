import type { HostFacts } from '../../../shared/domains/fleet/host-contract.ts';

/** From here on a person waits. */
const SLOW_CONNECT_MS = 3000;
const SLOW_SWEEP_MS = 2000;

/** Which phase makes a host slow and what that usually means; where none does, says so. */
export function hostTimingWords({ timings, name }: Pick<HostFacts, 'timings' | 'name'>): string {
  const { connectMs, sweepMs, slowestCallMs } = timings;
  if (connectMs > SLOW_CONNECT_MS)
    return `Connecting to ${name} is slow: look at its DNS (UseDNS in sshd_config), its load, and the way there.`;
  if (sweepMs > SLOW_SWEEP_MS && slowestCallMs > sweepMs / 2)
    return 'One call takes most of the time: a guest or a storage behind it keeps libvirt waiting.';
  if (sweepMs > SLOW_SWEEP_MS) return 'Collecting is slow throughout: the host or its network is busy.';
  return 'Nothing of it is slow.';
}
