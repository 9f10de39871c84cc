import type { Expression, Kysely, SqlBool } from 'kysely';
import type { FleetPublicTables } from '../fleet/fleet-public.ts';
import type { Finding } from './alert-transition.ts';
import { ofVm } from './finding-subject.ts';

type Db = Kysely<FleetPublicTables>;

export interface WatchedVm {
  readonly uuid: string;
  readonly cpuPercent: number;
  readonly hostName: string;
  /** Of this VM, in these words. */
  finding(detail: string): Finding;
}

/**
 * VMs of which something is true, on hosts of the fleet. Read without their hosts, which are few and read apart: joined, either database
 * goes to each VM through its host, several times as slow as reading all of them.
 */
export async function watchedVms(db: Db, which: Expression<SqlBool>): Promise<WatchedVm[]> {
  const vms = await db
    .selectFrom('vm')
    .select(['id', 'uuid', 'name', 'cpu_percent', 'host_id'])
    .where(which)
    .execute();
  if (vms.length === 0) return [];
  const rows = await db
    .selectFrom('host')
    .select(['id', 'name', 'state'])
    .where('removed_at_ms', 'is', null)
    .execute();
  const hosts = new Map(rows.map((host) => [host.id, host]));
  return vms.flatMap((vm) => {
    const host = hosts.get(vm.host_id);
    if (host === undefined) return [];
    const at = { ...vm, host_name: host.name, host_state: host.state };
    return [
      {
        uuid: vm.uuid,
        cpuPercent: vm.cpu_percent,
        hostName: host.name,
        finding: (detail: string) => ofVm(at, detail),
      },
    ];
  });
}
