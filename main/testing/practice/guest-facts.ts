import { closeSync, openSync, readSync } from 'node:fs';
import type { DomainShape } from './domain-shape.ts';
import { seededInt } from './seeded-random.ts';
import type { SimulatedHost } from './simulated-host.ts';
import type { GuestFacts } from './simulated-vm.ts';
import type { GuestSystem } from './guest-cast.ts';

const newSystem: GuestSystem = {
  osinfo: 'http://debian.org/debian/12',
  id: 'debian',
  prettyName: 'Debian GNU/Linux 12 (bookworm)',
  version: '12',
  kernel: '6.1.0-28-cloud-amd64',
};

/** A guest nobody has cast: Debian, named as its VM, with an address where its first card finds one. */
export function newGuestFacts(host: SimulatedHost, shape: DomainShape): GuestFacts {
  return { system: newSystem, hostname: shape.name, address: addressFor(host, shape), bootMs: host.bootMs };
}

function addressFor(host: SimulatedHost, shape: DomainShape): string | null {
  const [nic] = shape.nics;
  if (nic === undefined) return null;
  if (nic.type === 'network') {
    const lease = host.networks.get(nic.source)?.lease(nic.mac, shape.name);
    if (lease !== null && lease !== undefined) return `${lease.address}/24`;
  }
  const tail = Number.parseInt(nic.mac.slice(-5).replace(':', ''), 16);
  return `10.42.${seededInt(1, 60, host.seed, 91)}.${2 + (tail % 250)}/16`;
}

const SEED_MOST_BYTES = 4_194_304;

/**
 * What the guest becomes at a boot: where it has a NoCloud seed (an ISO with a host name and perhaps an address), cloud-init
 * has set these. The ISO is not taken apart; its small text files lie in it as they are.
 */
export function bootedGuestFacts(host: SimulatedHost, shape: DomainShape, before: GuestFacts): GuestFacts {
  const seed = shape.disks.find((disk) => disk.device === 'cdrom' && disk.source !== null)?.source;
  const found = seed === undefined || seed === null ? undefined : host.volumeAt(seed);
  const address = addressFor(host, shape) ?? before.address;
  if (found === undefined) return { ...before, address: before.address ?? address };
  found.volume.materialise();
  const text = readStart(found.volume.file);
  const hostname = /local-hostname:\s*"?([A-Za-z0-9.-]+)/.exec(text)?.[1];
  const fixed = /(?:addresses:\s*\[?|-)\s*["']?(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})/.exec(text)?.[1];
  return { ...before, hostname: hostname ?? before.hostname, address: fixed ?? before.address ?? address };
}

function readStart(path: string): string {
  const file = openSync(path, 'r');
  const buffer = Buffer.alloc(SEED_MOST_BYTES);
  const length = readSync(file, buffer, 0, SEED_MOST_BYTES, 0);
  closeSync(file);
  return buffer.toString('latin1', 0, length);
}
