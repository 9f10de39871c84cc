import { randomUUID } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { LabRecord } from './lab-record.ts';
import { runProgram } from './program-run.ts';

const sshdConfig = (address: string) => `Port 22
ListenAddress ${address}
HostKey /etc/ssh/ssh_host_ed25519_key
PidFile /run/sshd.pid
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
MaxSessions 50
# OpenSSH's default, written out: a client that shakes hands too often at once is refused here as it is in the field.
MaxStartups 10:30:100
AllowTcpForwarding yes
AllowStreamLocalForwarding yes
Subsystem sftp internal-sftp
Match User ops
  PasswordAuthentication yes
Match User noforward
  AllowTcpForwarding no
  AllowStreamLocalForwarding no
`;

const libvirtdConf = () => `
host_uuid = "${randomUUID()}"
log_outputs = "2:file:/var/log/libvirt/libvirtd.log"
# Debian's own rule (group libvirt) without polkit, which needs a D-Bus.
unix_sock_group = "libvirt"
unix_sock_rw_perms = "0770"
auth_unix_rw = "none"
`;

const qemuConf = (address: string) => `
user = "root"
group = "root"
security_driver = "none"
migration_host = "${address}"
`;

const defaultPool = `<pool type='dir'><name>default</name><target><path>/var/lib/libvirt/images</path></target></pool>\n`;

/** Lays out the private folders of one host under the lab's: they are bind-mounted over the machine's when the host starts. */
export async function makeHostFolder(record: LabRecord, host: LabRecord['hosts'][number]): Promise<void> {
  const folder = join(record.folder, host.name);
  const inHost = (path: string) => join(folder, path);
  for (const path of [
    'run',
    'dev',
    'home',
    'tmp',
    'root/.ssh',
    'var/lib/libvirt',
    'var/log/libvirt',
    'var/cache/libvirt',
  ])
    mkdirSync(inHost(path), { recursive: true });
  chmodSync(inHost('tmp'), 0o1777);
  chmodSync(inHost('root'), 0o700);
  await runProgram('cp', ['-a', '/etc', inHost('etc')]);
  writeFileSync(inHost('etc/hostname'), `${host.name}\n`);
  writeFileSync(inHost('etc/machine-id'), `${randomUUID().replaceAll('-', '')}\n`);
  writeFileSync(
    inHost('etc/hosts'),
    ['127.0.0.1 localhost', ...record.hosts.map(({ name, address }) => `${address} ${name}`)].join('\n') +
      '\n',
  );
  writeFileSync(inHost('etc/lab-passwords'), `ops:${record.opsPassword}\n`, { mode: 0o600 });
  await makeSsh(record, host.address, inHost);
  if (host.role === 'hypervisor') makeLibvirt(host.address, inHost);
}

async function makeSsh(record: LabRecord, address: string, inHost: (path: string) => string): Promise<void> {
  rmSync(inHost('etc/ssh'), { recursive: true, force: true });
  mkdirSync(inHost('etc/ssh'));
  if (existsSync('/etc/ssh/moduli')) copyFileSync('/etc/ssh/moduli', inHost('etc/ssh/moduli'));
  await runProgram('ssh-keygen', [
    '-q',
    '-t',
    'ed25519',
    '-N',
    '',
    '-C',
    'lab host',
    '-f',
    inHost('etc/ssh/ssh_host_ed25519_key'),
  ]);
  writeFileSync(inHost('etc/ssh/sshd_config'), sshdConfig(address));
  copyFileSync(join(record.folder, 'id_ed25519.pub'), inHost('root/.ssh/authorized_keys'));
  copyFileSync(join(record.folder, 'id_ed25519'), inHost('root/.ssh/id_ed25519')); // hosts reach each other: migration
  chmodSync(inHost('root/.ssh'), 0o700);
  chmodSync(inHost('root/.ssh/id_ed25519'), 0o600);
  writeFileSync(
    inHost('root/.ssh/config'),
    'Host *\n StrictHostKeyChecking no\n UserKnownHostsFile /dev/null\n LogLevel ERROR\n',
  );
}

function makeLibvirt(address: string, inHost: (path: string) => string): void {
  for (const path of ['images', 'qemu', 'boot', 'dnsmasq', 'network'])
    mkdirSync(inHost(`var/lib/libvirt/${path}`), { recursive: true });
  chmodSync(inHost('var/lib/libvirt/images'), 0o711);
  chownSync(inHost('var/lib/libvirt/qemu'), 0, 0);
  // What the machine's own libvirt has defined is no business of the lab's.
  for (const path of ['qemu/autostart', 'storage', 'nwfilter-binding', 'secrets'])
    rmSync(inHost(`etc/libvirt/${path}`), { recursive: true, force: true });
  rmSync(inHost('etc/libvirt/qemu/networks/autostart'), { recursive: true, force: true });
  mkdirSync(inHost('etc/libvirt/storage/autostart'), { recursive: true });
  writeFileSync(inHost('etc/libvirt/storage/default.xml'), defaultPool);
  symlinkSync('/etc/libvirt/storage/default.xml', inHost('etc/libvirt/storage/autostart/default.xml'));
  appendFileSync(inHost('etc/libvirt/libvirtd.conf'), libvirtdConf());
  appendFileSync(inHost('etc/libvirt/qemu.conf'), qemuConf(address));
}
