import { formatBytes } from '../../../../shared/kernel/bytes.ts';
import type { HostProblem } from '../../../../shared/domains/fleet/host-contract.ts';
import type { HostFactsRead } from './host-facts.ts';

/** Below this the calls this program makes are partly missing. */
const OLDEST_LIBVIRT = '8.0.0';
const CLOCK_TOLERANCE_MS = 2000;
const NEARLY_FULL = 0.9;

type ProblemFacts = Pick<HostFactsRead, 'pools' | 'networks' | 'libvirtVersion' | 'kvm' | 'shell'>;

/** What is wrong with a host, each in words with what to do; the worst first. */
export function hostProblems(host: ProblemFacts): HostProblem[] {
  return [...poolProblems(host.pools), ...networkProblems(host), ...baseProblems(host)];
}

function poolProblems(pools: ProblemFacts['pools']): HostProblem[] {
  const found: HostProblem[] = [];
  if (!pools.some((pool) => pool.name === 'default')) {
    found.push({
      code: 'no-default-pool',
      sentence:
        'There is no storage pool "default": disks of new VMs have no place. Define one with: virsh pool-define-as default dir --target /var/lib/libvirt/images && virsh pool-build default && virsh pool-start default && virsh pool-autostart default',
    });
  }
  for (const pool of pools) {
    if (!pool.active) {
      found.push({
        code: 'pool-inactive',
        sentence: `The storage pool ${pool.name} is not active. Start it with: virsh pool-start ${pool.name} && virsh pool-autostart ${pool.name}`,
      });
    } else if (pool.capacityBytes > 0 && pool.availableBytes < pool.capacityBytes * (1 - NEARLY_FULL)) {
      found.push({
        code: 'pool-nearly-full',
        sentence: `The storage pool ${pool.name} is nearly full: ${formatBytes(pool.availableBytes)} of ${formatBytes(pool.capacityBytes)} are free. Move VMs away or add storage.`,
      });
    }
  }
  return found;
}

function networkProblems(host: ProblemFacts): HostProblem[] {
  const found: HostProblem[] = [];
  if (!host.networks.some((network) => network.active)) {
    found.push({
      code: 'no-bridge',
      sentence:
        'There is neither a bridge nor an active libvirt network: VMs here have no network. Make a bridge in the network configuration of the host, or start the default network with: virsh net-start default && virsh net-autostart default',
    });
  }
  if (
    host.shell?.bridgeTrafficDropped === true &&
    host.networks.some((network) => network.forward === 'bridge')
  ) {
    found.push({
      code: 'no-guest-bridge-traffic',
      sentence:
        'The firewall drops what passes the bridges (FORWARD policy DROP and net.bridge.bridge-nf-call-iptables = 1, as Docker sets them): VMs on a bridge are cut off. Set net.bridge.bridge-nf-call-iptables = 0.',
    });
  }
  return found;
}

function baseProblems(host: ProblemFacts): HostProblem[] {
  const found: HostProblem[] = [];
  const offMs = host.shell?.clockOffsetMs ?? 0;
  if (Math.abs(offMs) > CLOCK_TOLERANCE_MS) {
    found.push({
      code: 'clock-off',
      sentence: `The clock is ${Math.round(Math.abs(offMs) / 1000)} s ${offMs > 0 ? 'ahead of' : 'behind'} this machine's. Switch on time synchronisation on both: timedatectl set-ntp true`,
    });
  }
  if (isOlder(host.libvirtVersion, OLDEST_LIBVIRT)) {
    found.push({
      code: 'libvirt-old',
      sentence: `libvirt ${host.libvirtVersion} is older than ${OLDEST_LIBVIRT}: some actions will be refused by the host. Upgrade the host's distribution.`,
    });
  }
  if (!host.kvm) {
    found.push({
      code: 'no-kvm',
      sentence:
        'KVM is not available: VMs are emulated and run many times slower. Switch on virtualization in the firmware, or nested virtualization where the host is a VM itself, and load the module kvm_intel or kvm_amd.',
    });
  }
  return found;
}

function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((words) => words.split('.').map(Number));
  for (let index = 0; index < 3; index += 1) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
