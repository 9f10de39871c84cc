#!/bin/busybox sh
# Loads the modules the root file system needs, mounts it and hands over. @MODULES@ is filled in by build.sh, in load order.
/bin/busybox mount -t proc p /proc
/bin/busybox mount -t devtmpfs d /dev
/bin/busybox mount -t sysfs s /sys
cd /m || exit
for module in @MODULES@; do /bin/busybox insmod "$module"; done
root=
tries=0
while [ -z "$root" ] && [ $tries -lt 100 ]; do
  for candidate in /dev/vda1 /dev/sda1; do [ -b $candidate ] && root=$candidate && break; done
  [ -n "$root" ] || /bin/busybox sleep 0.1
  tries=$((tries + 1))
done
/bin/busybox mount -t ext4 -o ro $root /new || exec /bin/busybox sh
/bin/busybox mount --move /dev /new/dev
/bin/busybox umount /proc /sys
exec /bin/busybox switch_root /new /sbin/init
