import type {
  EvacuationAnswer,
  RollingGo,
  RollingHostState,
  RollingState,
} from '../../../shared/domains/moves/maintenance-rules.ts';
import type { MoveCause, MoveState } from '../../../shared/domains/moves/move-rules.ts';

/** Tables of this domain. `…_at_ms` are epoch milliseconds by the clock of the store. */
export interface MovesTables {
  vm_move: {
    id: string;
    vm_id: string;
    vm_uuid: string;
    vm_name: string;
    from_host_id: string;
    from_name: string;
    to_host_id: string;
    to_name: string;
    state: MoveState;
    cause: MoveCause;
    live: 0 | 1;
    keep_source: 0 | 1;
    storage: '' | 'shared' | 'copy' | 'none';
    task_id: string | null;
    asked_by: string;
    asked_at_ms: number;
    began_at_ms: number | null;
    ended_at_ms: number | null;
    total_bytes: number;
    done_bytes: number;
    bytes_per_second: number;
    downtime_ms: number | null;
    note: string;
  };
  /** JSON by name: `caps`, `balancer`. */
  move_setting: { name: string; value: string };
  host_evacuation: {
    host_id: string;
    asked_by: string;
    asked_at_ms: number;
    emptied_at_ms: number | null;
    vms_at_first: number;
  };
  /** VMs of an evacuation that do not move by themselves, or of which a person has said something. */
  evacuation_vm: {
    host_id: string;
    vm_id: string;
    /** Why it does not move, a clause; empty where nothing is in the way. */
    reason: string;
    answer: EvacuationAnswer;
    checked_at_ms: number;
    asked_off_at_ms: number | null;
  };
  rolling_maintenance: {
    id: string;
    title: string;
    state: RollingState;
    go_when: RollingGo;
    needs_reboot: 0 | 1;
    libvirt_at_least: string;
    /** 1: it does not wait for maintenance windows. */
    any_time: 0 | 1;
    asked_by: string;
    asked_at_ms: number;
    ended_at_ms: number | null;
  };
  rolling_host: {
    rolling_id: string;
    position: number;
    host_id: string;
    host_name: string;
    state: RollingHostState;
    /** Of the host when it was empty: another one says that it was started anew. */
    boot_id: string;
    note: string;
    changed_at_ms: number;
  };
  balance_sample: { host_id: string; at_ms: number; cpu_percent: number; memory_percent: number };
}

export type EvacuationVm = MovesTables['evacuation_vm'];
export type EvacuationRecord = MovesTables['host_evacuation'];
export type RollingRecord = MovesTables['rolling_maintenance'];
export type RollingHostRecord = MovesTables['rolling_host'];

export type MoveRecord = MovesTables['vm_move'];
