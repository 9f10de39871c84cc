#!/bin/sh
# Respawned by init. Without the virtio channel there is nobody to answer: look again in a minute.
port=$(grep -l org.qemu.guest_agent.0 /sys/class/virtio-ports/*/name 2>/dev/null | sed 's#.*/\(vport[^/]*\)/name#\1#')
[ -n "$port" ] || { sleep 60; exit 0; }
exec qemu-ga -m virtio-serial -p "/dev/$port" -t /run -f /run/qemu-ga.pid -l /var/log/qemu-ga.log
