#!/bin/bash
# Pid 1 of a lab host (started by lab-host-start.sh). When it is killed the kernel kills all that runs in the host: a power cut.
#   lab-host-init.sh STATE-FOLDER HOST ADDRESS GATEWAY ROLE(hypervisor|vps) SHARED-FOLDER
# It tells its progress in STATE-FOLDER/status: "pid N" (as the machine sees it), then "ready".
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
S=$1 host=$2 address=$3 gateway=$4 role=$5 shared=$6
exec 8>>"$S/status"
read -r pid _ </proc/self/stat # /proc is still the machine's
echo "pid $pid" >&8
mount --make-rprivate /
mount -t proc proc /proc
hostname "$host"

# --- /dev without kvm: libvirt then offers plain emulation only, on every machine alike
D=$S/dev
mount -t tmpfs -o mode=755 dev "$D"
mkdir -p "$D"/{pts,shm,net,mqueue}
mknod -m666 "$D/null" c 1 3; mknod -m666 "$D/zero" c 1 5; mknod -m666 "$D/full" c 1 7
mknod -m666 "$D/random" c 1 8; mknod -m666 "$D/urandom" c 1 9; mknod -m666 "$D/tty" c 5 0
mknod -m600 "$D/console" c 5 1; mknod -m666 "$D/net/tun" c 10 200; mknod -m600 "$D/loop-control" c 10 237
for i in 0 1 2 3 4 5 6 7; do mknod -m660 "$D/loop$i" b 7 $i; done
ln -s /proc/self/fd "$D/fd"; ln -s fd/0 "$D/stdin"; ln -s fd/1 "$D/stdout"; ln -s fd/2 "$D/stderr"; ln -s pts/ptmx "$D/ptmx"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$D/pts"
mount -t tmpfs -o mode=1777 shm "$D/shm"
mount -t mqueue mqueue "$D/mqueue" || true

# --- /sys as this network namespace sees it, and the host's own cgroups
mount -t sysfs sysfs /sys
if [ -n "$CGROUP_V1" ]; then
  mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
  for controller in $CGROUP_V1; do
    mkdir -p "/sys/fs/cgroup/$controller"
    mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller" || rmdir "/sys/fs/cgroup/$controller"
  done
elif [ -n "$CGROUP_V2" ]; then mount -t cgroup2 cgroup2 /sys/fs/cgroup || true; fi

# --- folders of its own
mount -t tmpfs -o mode=755 run "$S/run"
for folder in etc home root tmp var/lib/libvirt var/log/libvirt var/cache/libvirt; do
  [ -d "$S/$folder" ] && mount --bind "$S/$folder" "/$folder"
done
if [ "$role" = hypervisor ]; then mkdir -p /var/lib/libvirt/shared; mount --bind "$shared" /var/lib/libvirt/shared; fi
mount -n --move "$S/run" /run
mount -n --move "$D" /dev
mkdir -p /run/sshd /run/libvirt /run/lock

# --- people, once: root and all others take the lab's key; only ops has a password. ops and noforward may use libvirt's socket, visitor may not.
if [ ! -e /etc/lab-people ]; then
  getent group libvirt >/dev/null || groupadd --system libvirt
  for person in ops noforward visitor; do
    useradd --create-home --shell /bin/bash --password '*' "$person" # '!', useradd's own, would lock out keys too
    install -d -m700 -o "$person" -g "$person" "/home/$person/.ssh"
    install -m600 -o "$person" -g "$person" /root/.ssh/authorized_keys "/home/$person/.ssh/authorized_keys"
  done
  usermod -a -G libvirt ops; usermod -a -G libvirt noforward
  chpasswd --crypt-method SHA512 </etc/lab-passwords
  rm /etc/lab-passwords; touch /etc/lab-people
fi

# --- network: eth0 is pushed in from outside
for _ in $(seq 500); do [ -e /sys/class/net/eth0 ] && break; sleep 0.02; done
ip link set lo up
if [ "$role" = hypervisor ]; then
  ip link add br0 type bridge forward_delay 0
  ip link set eth0 master br0 up
  ip addr add "$address/24" dev br0; ip link set br0 up
else
  ip addr add "$address/24" dev eth0; ip link set eth0 up
fi
ip route add default via "$gateway"
echo 1 >/proc/sys/net/ipv4/ip_forward

/usr/sbin/sshd -f /etc/ssh/sshd_config 8>&-
if [ "$role" = hypervisor ]; then virtlogd -d 8>&-; libvirtd -d 8>&-; fi
echo ready >&8
exec 8>&- </dev/null
while :; do sleep 3600 & wait $! || true; done
