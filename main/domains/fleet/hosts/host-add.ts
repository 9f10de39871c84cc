import type { Transaction } from 'kysely';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import { done, refuse, type Outcome, type Refused } from '../../../../shared/contract/outcome.ts';
import type { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import { newId } from '../../../../shared/kernel/id.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import { isDuplicate } from '../../../platform/store/store-error.ts';
import { CLUSTER_TOPIC, lockCluster, lockOldestCluster } from '../clusters/cluster-store.ts';
import type { FleetParts } from '../fleet-parts.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { enterHost, whereOf, type EnteredHost } from './host-door.ts';
import { doorRefusal } from './host-door-refusals.ts';
import type { HostFactsRead } from './host-facts.ts';
import { factColumns, noTimings, type HostRecord } from './host-store.ts';
import { readFactsOf } from './host-facts-over-link.ts';

type Operation = typeof fleetContract.hostAdd;
type Input = InputOf<Operation>;
type Answer = Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>;
type Parts = Pick<FleetParts, 'store' | 'keys'>;

/** Enters a host, keeps how, and leaves the rest to whoever collects. Adding a host that is there already changes nothing. */
export async function hostAdd(parts: Parts, input: Input, context: CallContext): Promise<Answer> {
  return await enterAndKeep(parts, input, {
    signal: context.signal,
    kept: async (_trx, { names }) => context.subject(names),
  });
}

export interface KeptHost {
  readonly hostId: string;
  readonly name: string;
  /** Name, host name and address, as far as they differ. */
  readonly names: string;
}

export interface Keep {
  readonly signal: AbortSignal;
  /** In the transaction that adds the host. */
  readonly kept: (trx: Transaction<FleetTables>, host: KeptHost) => Promise<void>;
}

/** What `hostAdd` does, for whoever is no call: a host that is added is told to `kept` in the same transaction. */
export async function enterAndKeep(parts: Parts, input: Input, keep: Keep): Promise<Answer> {
  // What the store knows already is said before anybody waits for a host.
  const known = (await refuseKnown(parts, input)) ?? (await refuseWithoutCluster(parts, input));
  if (known !== undefined) return known;
  try {
    const install = input.auth.kind === 'password' ? { install: await parts.keys.own() } : {};
    const entered = await enterHost(input, { ...install, signal: keep.signal });
    try {
      const link = { session: entered.libvirt, ssh: async () => entered.ssh };
      return await keepHost(parts, {
        input,
        entered,
        facts: await readFactsOf(link, keep.signal),
        keep,
      });
    } finally {
      await entered.close();
    }
  } catch (error) {
    const refusal = doorRefusal(error, { ...input, where: whereOf(input) });
    if (refusal === undefined) throw error;
    return refusal;
  }
}

async function refuseKnown(
  parts: Parts,
  { address, port, name }: Input,
): Promise<Refused<'host-known' | 'name-taken'> | undefined> {
  const rows = await parts.store
    .tables<FleetTables>()
    .selectFrom('host')
    .select(['name', 'address', 'port'])
    .where('removed_at_ms', 'is', null)
    .where((is) =>
      is.or([is.and([is('address', '=', address), is('port', '=', port)]), is('name', '=', name)]),
    )
    .execute();
  const here = rows.find((row) => row.address === address && row.port === port);
  if (here !== undefined) return refuse('host-known', { address, name: here.name });
  return name !== '' && rows.length > 0 ? refuse('name-taken', { name }) : undefined;
}

async function refuseWithoutCluster(
  parts: Parts,
  { clusterId }: Input,
): Promise<Refused<'no-such-cluster'> | undefined> {
  if (clusterId === undefined) return undefined;
  const db = parts.store.tables<FleetTables>();
  const found = await db.selectFrom('cluster').select('id').where('id', '=', clusterId).executeTakeFirst();
  return found === undefined ? refuse('no-such-cluster', { clusterId }) : undefined;
}

interface Keeping {
  readonly input: Input;
  readonly entered: EnteredHost;
  readonly facts: HostFactsRead;
  readonly keep: Keep;
}

async function keepHost(parts: Parts, keeping: Keeping): Promise<Answer> {
  const { input, facts, keep } = keeping;
  const id = newId('host');
  const row = await hostRow(parts, id, keeping);
  const name = row.name;
  const { clusterId } = input;
  try {
    const isKept = await parts.store.transaction<FleetTables, boolean>(async (trx) => {
      const cluster =
        clusterId === undefined
          ? await lockOldestCluster(trx, parts.store)
          : await lockCluster(trx, parts.store, clusterId);
      if (cluster === undefined) return false;
      await trx
        .insertInto('host')
        .values({ ...row, cluster_id: cluster.id })
        .execute();
      await parts.store.changes.note(trx, 'host', id);
      await parts.store.changes.note(trx, CLUSTER_TOPIC, cluster.id);
      await keep.kept(trx, {
        hostId: id,
        name,
        names: [...new Set([name, facts.hostname, input.address])].join(', '),
      });
      return true;
    });
    if (!isKept) return refuse('no-such-cluster', { clusterId: clusterId ?? '' });
  } catch (error) {
    if (isDuplicate(error, 'host', 'address', 'port'))
      return refuse('host-known', { address: input.address, name });
    if (isDuplicate(error, 'host', 'name')) return refuse('name-taken', { name });
    throw error;
  }
  return done({ hostId: id, name });
}

async function hostRow(
  parts: Parts,
  id: string,
  { input, entered, facts }: Keeping,
): Promise<Omit<HostRecord, 'cluster_id'>> {
  const nowMs = await parts.store.nowMs();
  const { auth } = input;
  return {
    id,
    name: input.name || facts.hostname.split('.')[0] || input.address,
    address: input.address,
    port: input.port,
    user_name: input.user,
    jump: JSON.stringify(entered.jumps),
    socket_path: input.socketPath ?? null,
    host_key_algorithm: entered.hostKey.algorithm,
    host_key_fingerprint: entered.hostKey.fingerprint,
    shown_host_key: null,
    auth_kind: auth.kind === 'password' ? 'own-key' : auth.kind,
    sealed_auth: auth.kind === 'key' ? await parts.keys.seal(id, auth) : null,
    added_at_ms: nowMs,
    removed_at_ms: null,
    state: 'connecting',
    reason: '',
    reason_code: '',
    maintenance: 'active',
    move_address: '',
    state_since_at_ms: nowMs,
    seen_at_ms: null,
    ...factColumns(facts),
    memory_used_bytes: 0,
    memory_sold_bytes: 0,
    cpu_used_percent: 0,
    cpu_sold: 0,
    vms: 0,
    vms_running: 0,
    timings: JSON.stringify(noTimings),
    labels: JSON.stringify([...new Set(input.labels)].sort()),
  };
}
