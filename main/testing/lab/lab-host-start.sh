#!/bin/bash
# Puts itself into cgroups of its own, then becomes pid 1 of a lab host in fresh mount, uts, ipc, net, cgroup and pid namespaces.
#   lab-host-start.sh CGROUP-NAME STATE-FOLDER HOST ADDRESS GATEWAY ROLE SHARED-FOLDER
# Cgroups come before the namespaces: a cgroup namespace shows as its root the group its maker was in.
set -eu
cgroup=$1; shift
export CGROUP_V1='' CGROUP_V2=''
while read -r _ mount type options _; do
  case $type in
  cgroup)
    case ,$options, in *name=*) continue ;; esac
    mkdir -p "$mount/$cgroup" 2>/dev/null || continue
    controller=${options##*,}
    if [ "$controller" = cpuset ]; then # an empty cpuset takes no process
      cat "$mount/cpuset.cpus" >"$mount/$cgroup/cpuset.cpus"
      cat "$mount/cpuset.mems" >"$mount/$cgroup/cpuset.mems"
      echo 1 >"$mount/$cgroup/cgroup.clone_children"
    fi
    echo $$ >"$mount/$cgroup/cgroup.procs"
    CGROUP_V1="$CGROUP_V1 $controller" ;;
  cgroup2)
    [ "$mount" = /sys/fs/cgroup ] && mkdir -p "$mount/$cgroup" 2>/dev/null || continue
    echo $$ >"$mount/$cgroup/cgroup.procs"
    CGROUP_V2=1 ;;
  esac
done </proc/mounts
exec unshare --mount --uts --ipc --net --cgroup --pid --fork --kill-child "$(dirname "$(readlink -f "$0")")/lab-host-init.sh" "$@"
