import { sql } from 'kysely';
import type { VmRecord } from './vm-store.ts';

type Sizes = Pick<VmRecord, 'vcpus' | 'memory_bytes' | 'next_vcpus' | 'next_memory_bytes'>;

/** What a VM takes of a host: what it runs with, or what it grows to at its next start where that is more. */
export function takenBy(vm: Sizes): { readonly vcpus: number; readonly memoryBytes: number } {
  return {
    vcpus: Math.max(vm.vcpus, vm.next_vcpus),
    memoryBytes: Math.max(vm.memory_bytes, vm.next_memory_bytes),
  };
}

/** The same in a statement over `vm`. */
export const takenVcpus = sql<number>`case when vm.next_vcpus > vm.vcpus then vm.next_vcpus else vm.vcpus end`;
export const takenMemoryBytes = sql<number>`case when vm.next_memory_bytes > vm.memory_bytes then vm.next_memory_bytes else vm.memory_bytes end`;
