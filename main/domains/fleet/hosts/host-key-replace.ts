import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { HostKey } from '../../../platform/ssh/ssh-key.ts';
import type { FleetParts } from '../fleet-parts.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { HOST_DOOR_TOPIC } from '../sweep/host-connections.ts';
import { lockHost } from './host-store.ts';

type Operation = typeof fleetContract.hostKeyReplace;

/** Pins the key a reinstalled host shows. */
export async function hostKeyReplace(
  parts: Pick<FleetParts, 'store'>,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<FleetTables>();
  const host = await lockHost(db, parts.store, input.hostId);
  if (host === undefined) return refuse('no-such-host', { hostId: input.hostId });
  context.subject(`${host.name}: ${host.host_key_fingerprint} → ${input.fingerprint}`);
  const shown = host.shown_host_key === null ? undefined : (JSON.parse(host.shown_host_key) as HostKey);
  // A key typed in before the host was seen with it is taken to be of the kind it had.
  const algorithm = shown?.fingerprint === input.fingerprint ? shown.algorithm : host.host_key_algorithm;
  await db
    .updateTable('host')
    .set({
      host_key_algorithm: algorithm,
      host_key_fingerprint: input.fingerprint,
      shown_host_key: null,
      state: 'connecting',
      reason: '',
      reason_code: '',
      state_since_at_ms: Date.now(),
    })
    .where('id', '=', host.id)
    .execute();
  await context.note('host', host.id);
  await context.note(HOST_DOOR_TOPIC, host.id);
  return done({});
}
