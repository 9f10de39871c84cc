import type { HostRecord } from '../domains/fleet/hosts/host-store.ts';
import { FIRST_CLUSTER_ID } from '../domains/fleet/clusters/cluster-store.ts';
import { noFacts, noTimings } from '../domains/fleet/hosts/host-store.ts';

const GIB = 1024 ** 3;

const pool = {
  name: 'default',
  type: 'dir',
  active: true,
  capacityBytes: 100 * GIB,
  availableBytes: 100 * GIB,
};
const network = { name: 'default', kind: 'network', active: true };

/** A connected host with room, a pool and a network, whom nobody dials. */
export function hostRowForTest(id: string, atMs = 0): HostRecord {
  return {
    id,
    name: id,
    address: `${id}.example`,
    port: 22,
    user_name: 'root',
    jump: '[]',
    socket_path: null,
    host_key_algorithm: 'ssh-ed25519',
    host_key_fingerprint: 'SHA256:x',
    shown_host_key: null,
    auth_kind: 'agent',
    sealed_auth: null,
    added_at_ms: atMs,
    removed_at_ms: null,
    state: 'connected',
    reason: '',
    reason_code: '',
    maintenance: 'active',
    state_since_at_ms: atMs,
    seen_at_ms: atMs,
    libvirt_version: '9.0.0',
    qemu_version: '7.2.0',
    cpu_model: '',
    cpu_count: 8,
    memory_bytes: 64 * GIB,
    memory_used_bytes: 0,
    memory_sold_bytes: 0,
    cpu_used_percent: 0,
    cpu_sold: 0,
    vms: 0,
    vms_running: 0,
    disk_bytes: 0,
    disk_free_bytes: 0,
    problems: 0,
    facts: JSON.stringify({ ...noFacts, pools: [pool], networks: [network] }),
    timings: JSON.stringify(noTimings),
    cluster_id: FIRST_CLUSTER_ID,
    labels: '[]',
    move_address: '',
  };
}
