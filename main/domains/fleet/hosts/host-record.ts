import { sql } from 'kysely';
import type { DutyGrant } from '../../../platform/store/duty-hold.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { changeHost, lockHost, type HostRecord } from './host-store.ts';

interface Parts {
  readonly store: Store;
  /** Whose duty it is; a host that went to another cluster is written by that one's collector. */
  readonly clusterId: string;
  readonly grant: Pick<DutyGrant, 'guard'>;
}

/** Writes what is known of a host itself, under the duty's token. */
export async function recordHost(parts: Parts, hostId: string, columns: Partial<HostRecord>): Promise<void> {
  await parts.store.transaction<FleetTables, void>(async (trx) => {
    await parts.grant.guard(trx);
    const host = await lockHost(trx, parts.store, hostId);
    if (host?.cluster_id !== parts.clusterId) return;
    if (await changeHost(trx, host, columns)) await parts.store.changes.note(trx, 'host', hostId);
  });
}

/** A host is no longer heard: its VMs are from now on what they were last known to be, and their records say so. */
export async function recordHostLost(
  parts: Parts,
  hostId: string,
  lost: { atMs: number; reason: string },
): Promise<void> {
  await parts.store.transaction<FleetTables, void>(async (trx) => {
    await parts.grant.guard(trx);
    const host = await lockHost(trx, parts.store, hostId);
    if (host?.cluster_id !== parts.clusterId) return;
    await trx
      .insertInto('vm_event')
      .columns(['vm_uuid', 'at_ms', 'event', 'detail'])
      .expression((eb) =>
        eb
          .selectFrom('vm')
          .select([
            'uuid',
            sql<number>`cast(${lost.atMs} as bigint)`.as('at_ms'),
            sql<string>`cast(${'host-lost'} as text)`.as('event'),
            sql<string>`cast(${lost.reason} as text)`.as('detail'),
          ])
          .where('host_id', '=', hostId)
          .where('state', 'in', ['running', 'blocked', 'paused', 'shutting-down', 'suspended']),
      )
      .execute();
    await parts.store.changes.note(trx, 'vm', hostId);
  });
}
