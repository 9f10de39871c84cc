/**
 * Debian packages a lab of real hypervisors is made of. Plain JavaScript without imports: what installs them may run before any dependency is there.
 * @type {readonly string[]}
 */
export const labPackages = [
  'qemu-system-x86',
  'qemu-utils',
  'libvirt-daemon-system',
  'libvirt-clients',
  'openssh-server',
  'openssh-client',
  'iproute2',
  'iptables',
  'ebtables',
  'nftables',
  'dnsmasq-base',
  'genisoimage',
  'util-linux',
  'procps',
  'passwd',
  'perl-base',
  'zstd',
  'rsync',
  // Build tools of the mini guest.
  'bash',
  'busybox-static',
  'cpio',
  'e2fsprogs',
  'fdisk',
  'extlinux',
  'syslinux-common',
];

/**
 * Packages whose files go into the mini guest. They are downloaded and unpacked, never installed.
 * The kernel comes beside these: it is whatever `linux-image-cloud-amd64` depends on today.
 * @type {readonly string[]}
 */
export const miniGuestPackages = [
  'busybox-static',
  'dropbear-bin',
  'libtomcrypt1',
  'libtommath1',
  'rsync',
  'libpopt0',
  'libxxhash0',
  'liblz4-1',
  'qemu-guest-agent',
  'liburing2',
  'libnuma1',
  'openssh-sftp-server',
];
