#!/bin/bash
# Builds the mini guest: Debian's cloud kernel, busybox, dropbear, rsync, bash, zstd, qemu-guest-agent and a NoCloud reader in one bootable qcow2.
#   build.sh OUT.qcow2 KERNEL-PACKAGE [PACKAGE...]
# The packages are downloaded with apt and only unpacked, never installed. Runs in a mount namespace of its own (unshare -m), so that
# a killed build leaves no mount and no loop device behind. Everything else lives in a temporary folder beside OUT.
set -euo pipefail
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
out=$1 kernel_package=$2; shift 2
here=$(dirname "$(readlink -f "$0")")
work=$(mktemp -d "$out.XXXXXX")
trap 'cd /; umount "$work/mnt" 2>/dev/null || true; rm -rf "$work"' EXIT
R=$work/root I=$work/initrd G=$work/packages

mkdir -p "$work/debs" "$G" && cd "$work/debs"
# As root in a folder that is not _apt's, apt says it downloads unsandboxed; that is no problem worth a line.
# A list that is older than the archive names packages that are gone: it is fetched anew, once.
download() { apt-get -q -o Acquire::Retries=3 download "$@" >>"$work/apt.log" 2>&1; }
download "$kernel_package" "$@" || { apt-get -q update >>"$work/apt.log" 2>&1 && download "$kernel_package" "$@"; } || { cat "$work/apt.log" >&2; echo "apt-get download failed; is there a network?" >&2; exit 1; }
for deb in *.deb; do dpkg-deb -x "$deb" "$G"; done
kernel=$(ls "$G/lib/modules"); modules=$G/lib/modules/$kernel/kernel

# --- root file system
mkdir -p "$R"/{bin,sbin,etc,proc,sys,dev,run,tmp,root,mnt,home,boot,var/log,var/lib/cloud,usr/bin,usr/sbin,lib/m,lib64} "$I"/{bin,m,proc,sys,dev,new}
chmod 1777 "$R/tmp"; chmod 700 "$R/root"
busybox=$(find "$G" -path '*bin/busybox' -type f | head -1)
cp "$busybox" "$R/bin/"; cp "$busybox" "$I/bin/"
for applet in $("$busybox" --list); do [ "$applet" = busybox ] || ln -sf /bin/busybox "$R/bin/$applet"; done
ln -sf /bin/busybox "$R/sbin/init"

libraries=$(find "$G" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
install_program() { # from the unpacked packages, else from this machine; with its shared libraries
  local from=$1 to=$2 library
  rm -f "$R/$to"; install -D "$from" "$R/$to"
  LD_LIBRARY_PATH=$libraries ldd "$from" 2>/dev/null | grep -o '/[^ ]*\.so[^ ]*' | while read -r library; do
    case $library in */ld-linux-x86-64.so.2) cp -nL "$library" "$R/lib64/" ;; *) cp -nL "$library" "$R/lib/" ;; esac
  done
}
for program in usr/sbin/dropbear usr/bin/dbclient usr/bin/dropbearkey usr/bin/rsync usr/sbin/qemu-ga usr/lib/openssh/sftp-server; do install_program "$G/$program" "$program"; done
install_program /bin/bash bin/bash
install_program /usr/bin/zstd usr/bin/zstd
install_program "$(command -v resize2fs)" usr/sbin/resize2fs
install_program "$(command -v resizepart)" usr/bin/resizepart
rm -f "$R/bin/ssh"; ln -sf dbclient "$R/usr/bin/ssh"
for module in char/hw_random/rng-core char/hw_random/virtio-rng char/virtio_console virtio/virtio_balloon input/evdev acpi/button; do
  [ -f "$modules/drivers/$module.ko" ] && cp "$modules/drivers/$module.ko" "$R/lib/m/"
done

echo 'root:x:0:0:root:/root:/bin/bash' >"$R/etc/passwd"
echo 'root:x:0:' >"$R/etc/group"
echo 'root:*:19000:0:99999:7:::' >"$R/etc/shadow"; chmod 600 "$R/etc/shadow"
printf '/bin/bash\n/bin/sh\n' >"$R/etc/shells"
echo mini >"$R/etc/hostname"
printf 'NAME="Innkeeper mini"\nID=innkeeper-mini\nVERSION_ID=1\nPRETTY_NAME="Innkeeper mini guest 1"\n' >"$R/etc/os-release"
cat >"$R/etc/inittab" <<'TAB'
::sysinit:/etc/rc
ttyS0::respawn:/bin/getty -n -l /bin/login-root -L 115200 ttyS0 vt100
tty1::respawn:/bin/getty -n -l /bin/login-root 38400 tty1 linux
::respawn:/usr/sbin/dropbear -F -R -E
::respawn:/etc/guest-agent.sh
::ctrlaltdel:/bin/reboot
::shutdown:/bin/umount -a -r
TAB
printf '#!/bin/sh\nexec /bin/bash -l\n' >"$R/bin/login-root"
printf '#!/bin/sh\ncase "$*" in *-r*) exec reboot ;; *) exec poweroff ;; esac\n' >"$R/sbin/shutdown"
cp "$here/rc.sh" "$R/etc/rc"; cp "$here/udhcpc.sh" "$here/guest-agent.sh" "$here/cloud-config.awk" "$R/etc/"
chmod +x "$R"/{bin/login-root,sbin/shutdown,etc/rc,etc/udhcpc.sh,etc/guest-agent.sh}

# --- initrd: modules in dependency order; they must be this very kernel's
"$busybox" depmod -b "$G" "$kernel" 2>/dev/null || true
declare -A seen=(); load_order=()
add_module() {
  local line dependency
  [ -n "${seen[$1]:-}" ] && return 0
  seen[$1]=1
  line=$(grep -E "/$1\.ko:" "$G/lib/modules/$kernel/modules.dep" | head -1) || return 0
  for dependency in ${line#*:}; do add_module "$(basename "$dependency" .ko)"; done
  load_order+=("$(basename "${line%%:*}")"); cp "$G/lib/modules/$kernel/${line%%:*}" "$I/m/"
}
for module in virtio_pci virtio_blk virtio_net crc32c_generic ext4 isofs sr_mod ata_piix virtio_scsi sd_mod; do add_module $module; done
sed "s/@MODULES@;/${load_order[*]};/" "$here/initrd-init.sh" >"$I/init"; chmod +x "$I/init"
(cd "$I"; find . | sort | cpio -o -H newc 2>/dev/null | zstd -q -19 -o "$work/initrd.zst")

# --- disk: MBR, one ext4 partition from 1 MiB on, extlinux
cat >"$R/boot/extlinux.conf" <<'CONF'
DEFAULT mini
PROMPT 0
TIMEOUT 0
LABEL mini
 LINUX vmlinuz
 INITRD initrd
 APPEND root=/dev/vda1 console=tty0 console=ttyS0,115200 quiet net.ifnames=0 tsc=unstable random.trust_cpu=on mitigations=off
CONF
size_mib=96 raw=$work/mini.raw
truncate -s ${size_mib}M "$raw"
echo '2048,,83,*' | sfdisk -q "$raw"
mke2fs -q -F -t ext4 -O ^has_journal,^64bit,^metadata_csum -m0 -b 4096 -E offset=1048576,root_owner=0:0 -d "$R" "$raw" $(((size_mib - 1) * 1024))k
mkdir "$work/mnt"
mount -o loop,offset=1048576,sizelimit=$(((size_mib - 1) * 1048576)) "$raw" "$work/mnt"
# extlinux reads block lists and knows no holes.
cp --sparse=never "$G"/boot/vmlinuz-* "$work/mnt/boot/vmlinuz"; cp --sparse=never "$work/initrd.zst" "$work/mnt/boot/initrd"
extlinux --install "$work/mnt/boot" 2>/dev/null
umount "$work/mnt"
dd if=/usr/lib/EXTLINUX/mbr.bin of="$raw" conv=notrunc bs=440 count=1 status=none
qemu-img convert -O qcow2 "$raw" "$work/mini.qcow2"
mv "$work/mini.qcow2" "$out"
