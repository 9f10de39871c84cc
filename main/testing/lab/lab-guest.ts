import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LabHost } from './lab-host.ts';
import type { Lab } from './lab.ts';
import { runProgram, tryProgram, type ProgramResult } from './program-run.ts';

export interface LabGuestOptions {
  /** Domain, host name and file names; small letters, digits and dashes. */
  name: string;
  memoryMib?: number;
  /** Virtual size of the disk; default: the image's 96 MiB. */
  diskMib?: number;
  /** NoCloud user-data; default: a cloud-config with the lab's key for root. */
  userData?: string;
  /** NoCloud network-config (version 1 or 2); default: none, which means DHCP from the lab. */
  networkConfig?: string;
}

export interface LabGuest {
  readonly name: string;
  readonly mac: string;
  /** Waits until the guest's sshd lets the lab's key in; gives its address. */
  ready(timeoutMs?: number): Promise<string>;
  /** Runs a command in the guest over ssh. */
  ssh(command: string): Promise<ProgramResult>;
  /** One guest agent command by way of libvirt, e.g. guest-get-osinfo; gives its `return`. */
  agent(command: string, args?: Record<string, unknown>): Promise<unknown>;
  /** Stops the guest at once and removes it with its disk and seed. */
  remove(): Promise<void>;
}

/** Makes and starts a mini guest with virsh: for tests of things other than making guests. About 7 s from here to ssh (plain emulation). */
export async function startLabGuest(lab: Lab, host: LabHost, options: LabGuestOptions): Promise<LabGuest> {
  const { name } = options;
  const disk = join(host.imagesFolder, `${name}.qcow2`);
  copyFileSync(await lab.image(), disk);
  if (options.diskMib !== undefined)
    await runProgram('qemu-img', ['resize', '-q', disk, `${options.diskMib}M`]);
  const key = readFileSync(`${lab.privateKeyFile}.pub`, 'utf8').trim();
  await makeSeed(join(host.imagesFolder, `${name}-seed.iso`), {
    'meta-data': `instance-id: ${name}\nlocal-hostname: ${name}\n`,
    'user-data': options.userData ?? `#cloud-config\nhostname: ${name}\nssh_authorized_keys:\n  - ${key}\n`,
    ...(options.networkConfig === undefined ? {} : { 'network-config': options.networkConfig }),
  });
  const mac = `52:54:00:${createHash('sha256')
    .update(`${lab.name}/${name}`)
    .digest('hex')
    .slice(0, 6)
    .replace(/(..)(..)(..)/, '$1:$2:$3')}`;
  const xml = guestXml({ name, mac, memoryMib: options.memoryMib ?? 128 });
  writeFileSync(join(host.imagesFolder, `${name}.xml`), xml);
  await host.virsh(['define', `/var/lib/libvirt/images/${name}.xml`]);
  rmSync(join(host.imagesFolder, `${name}.xml`));
  await host.virsh(['start', name]);
  return guest({ lab, host, name, mac });
}

function guest({ lab, host, name, mac }: { lab: Lab; host: LabHost; name: string; mac: string }): LabGuest {
  const ssh = async (command: string) => {
    const address = lab.leases().find((lease) => lease.mac === mac)?.address;
    if (address === undefined) return { code: 255, stdout: '', stderr: `${name} has no lease yet` };
    return await sshTo(lab, address, command);
  };
  return {
    name,
    mac,
    ssh,
    ready: async (timeoutMs = 120_000) => {
      const until = Date.now() + timeoutMs;
      for (;;) {
        const { code, stderr } = await ssh('true');
        if (code === 0) return lab.leases().find((lease) => lease.mac === mac)?.address ?? '';
        if (Date.now() > until) throw new Error(`guest ${name} did not answer in ${timeoutMs} ms: ${stderr}`);
        await delay(100);
      }
    },
    agent: async (command, args) => {
      const request = JSON.stringify({
        execute: command,
        ...(args === undefined ? {} : { arguments: args }),
      });
      return (JSON.parse(await host.virsh(['qemu-agent-command', name, request])) as { return: unknown })
        .return;
    },
    remove: async () => {
      await host.tryExec(`virsh -q destroy ${name}`);
      await host.tryExec(
        `virsh -q undefine --nvram --snapshots-metadata --checkpoints-metadata --managed-save ${name}`,
      );
      for (const file of [`${name}.qcow2`, `${name}-seed.iso`])
        rmSync(join(host.imagesFolder, file), { force: true });
      await host.virsh(['pool-refresh', 'default']);
    },
  };
}

/** ssh with the lab's key as root, host key unchecked: lab guests make new ones at every birth. */
export async function sshTo(lab: Lab, address: string, command: string): Promise<ProgramResult> {
  const settings = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
    'BatchMode=yes',
    'ConnectTimeout=5',
  ];
  return await tryProgram('ssh', [
    '-i',
    lab.privateKeyFile,
    ...settings.flatMap((setting) => ['-o', setting]),
    `root@${address}`,
    command,
  ]);
}

async function makeSeed(iso: string, files: Record<string, string>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lab-seed-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  await runProgram('genisoimage', ['-quiet', '-V', 'cidata', '-J', '-r', '-o', iso, folder]);
  rmSync(folder, { recursive: true });
}

/** Without KVM the emulator's translation cache, not the guest's memory, is what fills a small machine: 64 MiB instead of QEMU's default 1 GiB. */
function guestXml({ name, mac, memoryMib }: { name: string; mac: string; memoryMib: number }): string {
  const images = '/var/lib/libvirt/images';
  return `<domain type='qemu'><name>${name}</name><memory unit='MiB'>${memoryMib}</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os>
<features><acpi/><apic/><tcg><tb-cache unit='MiB'>64</tb-cache></tcg></features>
<cpu mode='custom' match='exact'><model fallback='allow'>qemu64</model></cpu>
<clock offset='utc'/><on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>destroy</on_crash>
<devices>
<disk type='file' device='disk'><driver name='qemu' type='qcow2' discard='unmap'/><source file='${images}/${name}.qcow2'/><target dev='vda' bus='virtio'/></disk>
<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='${images}/${name}-seed.iso'/><target dev='hdc' bus='ide'/><readonly/></disk>
<interface type='bridge'><mac address='${mac}'/><source bridge='br0'/><model type='virtio'/></interface>
<serial type='pty'/><console type='pty'><target type='serial'/></console>
<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
<graphics type='vnc' autoport='yes' listen='127.0.0.1'/><video><model type='vga' vram='4096'/></video>
<memballoon model='virtio'><stats period='5'/></memballoon>
<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
</devices></domain>
`;
}
