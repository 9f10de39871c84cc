import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { labPackages } from './lab-packages.mjs';

const programs =
  'ip unshare nsenter dnsmasq sshd ssh-keygen libvirtd virtlogd virsh qemu-system-x86_64 qemu-img genisoimage extlinux busybox sfdisk mke2fs cpio zstd flock'.split(
    ' ',
  );
const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** One sentence on why a lab cannot run on this machine, or undefined when it can. */
export function labMissing(): string | undefined {
  if (process.platform !== 'linux') return 'a lab of real hypervisors needs Linux: it is made of namespaces';
  if (process.getuid?.() !== 0)
    return 'a lab needs root: it makes namespaces, bridges and mounts; run it with sudo';
  const absent = programs.filter((program) => !folders.some((folder) => existsSync(join(folder, program))));
  if (absent.length > 0)
    return `programs are missing (${absent.join(', ')}); install them with: apt-get install --no-install-recommends ${labPackages.join(' ')}`;
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
  } catch {
    return 'there is no usable /dev/net/tun: guests could have no network; load the tun module, or give it to the container (--device /dev/net/tun)';
  }
  return undefined;
}
