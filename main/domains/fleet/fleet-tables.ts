import type { Generated } from 'kysely';
import type { HostMaintenance } from '../../../shared/domains/fleet/host-rules.ts';

/** Tables of this domain. `…_at_ms` are epoch milliseconds, booleans 0 and 1, structured text is JSON. */
export interface FleetTables {
  cluster: {
    id: string;
    name: string;
    /** The name without regard to case, which is unique. */
    name_key: string;
    site: string;
    jurisdiction: string;
    time_zone: string;
    cpu_overcommit: number;
    memory_overcommit: number;
    policy: 'spread' | 'pack';
    /** JSON, `filters` and `windows` of the contract. */
    filters: string;
    windows: string;
    created_at_ms: number;
  };
  host: {
    id: string;
    name: string;
    address: string;
    port: number;
    user_name: string;
    /** JSON, see `StoredJump`: nearest first. */
    jump: string;
    socket_path: string | null;
    host_key_algorithm: string;
    host_key_fingerprint: string;
    /** JSON of the key it showed instead, while it is refused for that. */
    shown_host_key: string | null;
    /** `own-key` is the one key of this store that was installed there. */
    auth_kind: 'agent' | 'key' | 'own-key';
    /** Sealed JSON `{ privateKey, passphrase? }` where the host has a key of its own. */
    sealed_auth: string | null;
    added_at_ms: number;
    removed_at_ms: number | null;
    state: string;
    reason: string;
    /** Kind of the SSH error behind it; empty where there is none. */
    reason_code: string;
    /** Whether VMs may be put on it, see `HOST_MAINTENANCE`. */
    maintenance: HostMaintenance;
    state_since_at_ms: number;
    seen_at_ms: number | null;
    libvirt_version: string;
    qemu_version: string;
    cpu_model: string;
    cpu_count: number;
    memory_bytes: number;
    memory_used_bytes: number;
    memory_sold_bytes: number;
    cpu_used_percent: number;
    cpu_sold: number;
    vms: number;
    vms_running: number;
    disk_bytes: number;
    disk_free_bytes: number;
    problems: number;
    /** JSON, see `StoredFacts`. */
    facts: string;
    /** JSON, `timings` of the contract. */
    timings: string;
    cluster_id: string;
    /** JSON array of words. */
    labels: string;
    /** Where other hosts reach it for moves; empty: its address. */
    move_address: string;
  };
  /** What became of each line of an imported list. */
  host_import_line: {
    import_id: string;
    line: number;
    name: string;
    address: string;
    state: 'waiting' | 'added' | 'failed';
    sentence: string;
    host_id: string | null;
    /** The task that works on it; another after it was tried again. */
    task_id: string;
  };
  vm: {
    id: string;
    uuid: string;
    host_id: string;
    name: string;
    state: string;
    customer_id: string | null;
    template_id: string | null;
    address: string;
    vcpus: number;
    memory_bytes: number;
    memory_used_bytes: number;
    disk_bytes: number;
    cpu_percent: number;
    started_at_ms: number | null;
    tags: string;
    os: string;
    agent: number;
    autostart: number;
    persistent: number;
    created_at_ms: number;
    missing_since_at_ms: number | null;
    /** When our own action last wrote its state. */
    noted_at_ms: number;
    /** Size with which it starts next, while it runs; 0 where nobody has asked. See vm-size.ts. */
    next_vcpus: number;
    next_memory_bytes: number;
    /** Host it is being moved to; its memory is taken there, too. */
    moving_to: string | null;
    /** These four are kept by the database from what they follow: nobody writes them. */
    host_name: Generated<string>;
    /** As `foldText` makes it; empty where it is nobody's. */
    customer_folded: Generated<string>;
    /** See vm-search.ts, both. */
    search: Generated<string>;
    tags_folded: Generated<string>;
  };
  /** What only the page of a VM shows: lists read past none of it. One row for each VM. */
  vm_detail: {
    uuid: string;
    /** JSON, see `StoredDisk`. */
    disks: string;
    /** JSON, see `StoredNic`. */
    nics: string;
    graphics: string;
    notes: string;
  };
  vm_event: { seq: Generated<number>; vm_uuid: string; at_ms: number; event: string; detail: string };
  vm_gone: { id: string; uuid: string; name: string; gone_at_ms: number };
  /** What goes with a VM whose deletion was begun, see vm-deletion-volumes.ts. */
  vm_deletion_volume: { vm_uuid: string; host_id: string; pool: string; volume: string; path: string };
  fleet_secret: { name: string; sealed: string; public_text: string };
  /** A `NumberBlock` whose keys are subjects, at the step that begins at `step` × `step_minutes` after the epoch. */
  series_host_block: { step_minutes: number; host_id: string; step: number; block: Uint8Array };
  /** A `NumberBlock` whose keys are steps of that chunk, counted from its begin; see series-tiers.ts. */
  series_subject_block: { step_minutes: number; subject: number; chunk: number; block: Uint8Array };
  /** A short number for what is measured: a VM by its UUID, a host by its id. */
  series_subject: { number: Generated<number>; name: string };
  series_stay: { subject: number; host_id: string; seen_day: number };
  /** Engines that collect, or would, see collector-share.ts. */
  fleet_collector: { id: string; priority: number; joined_at_ms: number; seen_at_ms: number };
  /** How far a standing work has come, by its name. */
  fleet_progress: { name: string; at_ms: number };
  usage_hour: UsageHourRow;
  usage_mark: {
    vm_uuid: string;
    host_id: string;
    at_ms: number;
    powered: number;
    boot: string;
    cpu_time_ms: number;
    vcpus: number;
    memory_mib: number;
    /** See usage-holdings.ts, these four. */
    disk_mib: number;
    addresses: number;
    sent_boot: string;
    sent_bytes: number | null;
  };
}

/** What a VM used in the hour that begins at `hour_at_ms`: milliseconds powered, × vCPUs, × MiB of memory; ms × MiB of its disks, on or off. */
export interface UsageHourRow {
  vm_uuid: string;
  hour_at_ms: number;
  running_ms: number;
  vcpu_ms: number;
  memory_mib_ms: number;
  disk_mib_ms: number;
  /** By its network interfaces. */
  sent_bytes: number;
  /** The most it had at once. */
  addresses: number;
}
