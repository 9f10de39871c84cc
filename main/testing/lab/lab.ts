import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeLabDown } from './lab-down.ts';
import { makeHostFolder } from './lab-host-folder.ts';
import { startHost } from './lab-host-power.ts';
import { labHost, type LabHost } from './lab-host.ts';
import { miniImage } from './lab-image.ts';
import { findLabRecord, updateLabRecord, type LabRecord } from './lab-record.ts';

export interface LabLease {
  mac: string;
  address: string;
  name: string;
}

export interface Lab {
  readonly name: string;
  readonly subnet: string;
  readonly folder: string;
  /** In the order they were made: hv1, hv2, …, then any vps. */
  readonly hosts: readonly LabHost[];
  /** The one user who may log in with a password, on every host. */
  readonly ops: { readonly user: string; readonly password: string };
  /** A user who logs in but may not open libvirt's socket. */
  readonly visitor: string;
  /** A user in libvirt's group whom sshd forwards neither TCP nor sockets. */
  readonly noforward: string;
  readonly privateKeyFile: string;
  /** Path of the mini guest image on this machine (qcow2); built on the first call. */
  image(): Promise<string>;
  /** The host of this name; throws when there is none. */
  host(name: string): LabHost;
  /** What the lab's DHCP server gave out. */
  leases(): LabLease[];
  /** Adds a machine with sshd and no libvirt: a customer's old VPS. */
  addVps(name: string, address?: string): Promise<LabHost>;
  down(): Promise<void>;
}

/** The lab of this name, up already; throws when there is none. Whoever opens a lab does not own it. */
export function openLab(name: string): Lab {
  const record = findLabRecord(name);
  if (record === undefined)
    throw new Error(`there is no lab named ${name}; start it with: npm run lab -- --name ${name} up 2`);
  return labOf(record);
}

export function labOf(record: LabRecord): Lab {
  const hosts = record.hosts.map((host) => labHost(record, host));
  return {
    name: record.name,
    subnet: record.subnet,
    folder: record.folder,
    hosts,
    ops: { user: 'ops', password: record.opsPassword },
    visitor: 'visitor',
    noforward: 'noforward',
    privateKeyFile: join(record.folder, 'id_ed25519'),
    image: miniImage,
    host: (name) => {
      const host = hosts.find((one) => one.name === name);
      if (!host)
        throw new Error(
          `lab ${record.name} has no host ${name}; it has ${hosts.map((one) => one.name).join(', ')}`,
        );
      return host;
    },
    leases: () => readLeases(join(record.folder, 'leases')),
    addVps: async (name, address) => {
      const made = await addHost(record, {
        name,
        role: 'vps',
        address: address ?? `${record.subnet}.${50 + record.hosts.length}`,
      });
      hosts.push(made);
      return made;
    },
    down: async () => await takeLabDown(record),
  };
}

async function addHost(record: LabRecord, host: LabRecord['hosts'][number]): Promise<LabHost> {
  checkHostName(host.name);
  if (record.hosts.some((one) => one.name === host.name || one.address === host.address)) {
    throw new Error(`lab ${record.name} has a host named ${host.name} or one at ${host.address} already`);
  }
  record.hosts.push(host);
  updateLabRecord(record);
  await makeHostFolder(record, host);
  await startHost(record, host);
  return labHost(record, host);
}

/** A link is named `lab255-NAME` and Linux allows 15 characters. */
export function checkHostName(name: string): void {
  if (!/^[a-z][a-z0-9]{0,7}$/.test(name))
    throw new Error(`a lab host is named with 1 to 8 small letters and digits, not ${name}`);
}

/** dnsmasq's lease file: expiry, MAC, address, name or *, client id. */
function readLeases(file: string): LabLease[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return lines.flatMap((line) => {
    const [, mac, address, name] = line.split(' ');
    return mac && address && name ? [{ mac, address, name }] : [];
  });
}
