import type { Kysely } from 'kysely';
import type { VmDetail } from '../../../../shared/domains/fleet/vm-contract.ts';
import type { FleetParts } from '../fleet-parts.ts';
import { instantOf, type Freshness } from '../hosts/host-list.ts';
import { findVm, vmRowOf, type VmListTables } from './vm-list.ts';
import type { StoredDisk, StoredNic } from './vm-row.ts';

/** One VM with its devices; undefined for an unknown id. */
export async function vmDetailOf(
  parts: Pick<FleetParts, 'subscriptions' | 'templates'>,
  asked: { readonly db: Kysely<VmListTables>; readonly vmId: string; readonly fresh: Freshness },
): Promise<VmDetail | undefined> {
  const { db, vmId, fresh } = asked;
  const row = await findVm(db, vmId);
  if (row === undefined) return undefined;
  const billed = await parts.subscriptions.ofVm(db, vmId);
  const pool = await parts.subscriptions.poolOf(db, vmId);
  const disks = JSON.parse(row.disks) as StoredDisk[];
  return {
    ...vmRowOf(row, fresh),
    agent: row.agent === 1,
    autostart: row.autostart === 1,
    persistent: row.persistent === 1,
    templateId: row.template_id,
    template: row.template_id === null ? '' : await parts.templates.nameOf(db, row.template_id),
    createdAt: instantOf(row.created_at_ms),
    disks: disks.map(({ device: _device, ...disk }) => disk),
    nics: JSON.parse(row.nics) as StoredNic[],
    graphics: row.graphics,
    subscription: billed?.id === pool?.id ? null : billed,
    pool,
    notes: row.notes,
  };
}
