#!/bin/sh
# First and only start-up script of the mini guest (busybox init, sysinit): devices, root partition growth, NoCloud seed, network.
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null
mkdir -p /dev/pts
mount -t devpts pts /dev/pts
mount -t tmpfs run /run
mount -o remount,rw /
for module in /lib/m/*.ko; do insmod "$module" 2>/dev/null; done
mkdir -p /etc/dropbear /root/.ssh
chmod 700 /root/.ssh
ip link set lo up
hostname "$(cat /etc/hostname)"

# What growpart and resizefs do: the last partition takes the rest of the disk. The MBR keeps the number of sectors of
# partition 1 as 4 little-endian bytes at 458.
grow_root() {
  local disk start size whole hex
  disk=$(sed -n 's#.* \(/dev/[sv]da\)1 / ext4.*#\1#p;s#^\(/dev/[sv]da\)1 / ext4.*#\1#p' /proc/mounts | head -1)
  [ -n "$disk" ] || disk=/dev/vda
  [ -b "${disk}1" ] || return
  start=$(cat "/sys/class/block/${disk##*/}1/start")
  size=$(cat "/sys/class/block/${disk##*/}1/size")
  whole=$(($(cat "/sys/class/block/${disk##*/}/size") - start))
  [ "$whole" -gt $((size + 2048)) ] || return
  hex=$(printf '%08x' "$whole" | sed 's/\(..\)\(..\)\(..\)\(..\)/\\x\4\\x\3\\x\2\\x\1/')
  printf "$hex" | dd of="$disk" bs=1 seek=458 conv=notrunc 2>/dev/null
  resizepart "$disk" 1 "$whole" && resize2fs "${disk}1"
}
grow_root >/var/log/grow-root.log 2>&1

# The seed is any block device with an ISO 9660 file system labelled CIDATA (the volume id is at byte 32808).
SEED=
for device in /dev/sr0 /dev/sr1 /dev/vd[b-z] /dev/sd[a-z]; do
  [ -b "$device" ] || continue
  case "$(dd if="$device" bs=1 skip=32808 count=6 2>/dev/null)" in
  [cC][iI][dD][aA][tT][aA]) mkdir -p /mnt/seed; mount -r -t iso9660 "$device" /mnt/seed && SEED=/mnt/seed; break ;;
  esac
done
yaml() { sed -n "s/^ *$1: *//p" "$2" | head -1 | tr -d "\"'\r"; }
cloud() { awk -v want="$1" -f /etc/cloud-config.awk "$USER_DATA"; }

FIRST=
if [ -n "$SEED" ]; then
  INSTANCE=$(yaml instance-id $SEED/meta-data)
  STATE=/var/lib/cloud/${INSTANCE:-none}
  USER_DATA=$STATE/user-data
  if [ ! -d "$STATE" ]; then
    FIRST=1
    mkdir -p "$STATE"
    cp $SEED/* "$STATE/"
    touch "$USER_DATA"
    # cloud-init makes new host keys for a new instance id, so that clones do not share them.
    rm -f /etc/dropbear/*_host_key
    name=$(yaml local-hostname "$STATE/meta-data")
    case "$(head -n1 "$USER_DATA")" in
    '#cloud-config'*)
      configured=$(cloud hostname)
      name=${configured:-$name}
      cloud keys >>/root/.ssh/authorized_keys
      cloud script >"$STATE/script" ;;
    '#!'*) cp "$USER_DATA" "$STATE/script" ;;
    esac
    grep -ohE '(ssh-(rsa|ed25519)|ecdsa-[^ ]*) [A-Za-z0-9+/=]+[^",]*' "$STATE/meta-data" >>/root/.ssh/authorized_keys
    chmod 600 /root/.ssh/authorized_keys
    [ -n "$name" ] && echo "$name" >/etc/hostname && hostname "$name"
  fi
  umount /mnt/seed
fi

ip link set eth0 up
CONFIG=$STATE/network-config
ADDRESS=
if [ -n "$SEED" ] && [ -f "$CONFIG" ]; then
  ADDRESS=$(grep -vE '^[ -]*to:' "$CONFIG" | grep -oE '[0-9]+(\.[0-9]+){3}/[0-9]+' | head -1)
  if [ -z "$ADDRESS" ] && [ -n "$(yaml '-* *address' "$CONFIG")" ]; then
    ADDRESS="$(yaml '-* *address' "$CONFIG")/$(ipcalc -p 0.0.0.0 "$(yaml netmask "$CONFIG")" | sed 's/PREFIX=//')"
  fi
fi
if [ -n "$ADDRESS" ]; then
  ip addr add "$ADDRESS" dev eth0
  gateway=$(grep -oE '(gateway4?|via):? *["'\'']?[0-9.]+' "$CONFIG" | grep -oE '[0-9.]+$' | head -1)
  [ -n "$gateway" ] && ip route add default via "$gateway"
  sed -n '/nameservers/,$p' "$CONFIG" | grep -oE '[0-9]+(\.[0-9]+){3}' | sed 's/^/nameserver /' >/etc/resolv.conf
else
  udhcpc -i eth0 -s /etc/udhcpc.sh -q -n -t 10 -T 1 -A 1 -x "hostname:$(hostname)" >/var/log/udhcpc 2>&1 || udhcpc -b -i eth0 -s /etc/udhcpc.sh &
fi

# cloud-init runs these beside sshd, not before it.
if [ -n "$FIRST" ] && [ -s "$STATE/script" ]; then
  chmod +x "$STATE/script"
  case "$(head -c2 "$STATE/script")" in '#!') set -- "$STATE/script" ;; *) set -- sh "$STATE/script" ;; esac
  (cd / && "$@" >/var/log/cloud-init-output.log 2>&1 </dev/null; echo $? >"$STATE/script-exit") &
fi

# Only the ACPI power button: a key typed on the VM's screen is an input event too.
for name in /sys/class/input/event*/device/name; do
  [ "$(cat "$name")" = 'Power Button' ] || continue
  event=${name#/sys/class/input/}
  (dd if="/dev/input/${event%%/*}" bs=24 count=1 of=/dev/null 2>/dev/null && poweroff) </dev/null >/dev/null 2>&1 &
done
echo "INNKEEPER-MINI ready, up $(cut -d' ' -f1 /proc/uptime) s, $(hostname), $(ip -4 -o addr show eth0 | awk '{print $4}')" >/dev/console
