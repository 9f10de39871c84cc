import { sentenceOf } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf } from '../../../../shared/contract/operation.ts';
import { fleetContract } from '../../../../shared/domains/fleet/fleet-contract.ts';
import type { HostImportLine } from '../../../../shared/domains/fleet/host-import-contract.ts';
import type { Store } from '../../../platform/store/store.ts';
import { allClusters } from '../clusters/cluster-store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import { hostProbe } from './host-probe.ts';
import { inTurns } from './in-turns.ts';

type Operation = typeof fleetContract.hostImportCheck;
type Checked = OutputOf<Operation>['lines'][number];

/** Hosts that are looked at at the same time. */
const AT_ONCE = 10;

/** Looks at every host of a list: whether it is known, is there, which key it shows, and once that is confirmed, what it is. */
export async function hostImportCheck(
  store: Pick<Store, 'tables'>,
  { auth, lines }: InputOf<Operation>,
  signal: AbortSignal,
): Promise<OutputOf<Operation>> {
  const known = await knownIn(store);
  const checked: Checked[] = [];
  await inTurns(lines, AT_ONCE, async (line, at) => {
    checked[at] = whyKnown(known, line) ?? (await look({ auth, line, signal }));
  });
  return { lines: checked };
}

interface Known {
  readonly hosts: readonly { readonly name: string; readonly address: string; readonly port: number }[];
  readonly clusters: ReadonlySet<string>;
}

async function knownIn(store: Pick<Store, 'tables'>): Promise<Known> {
  const db = store.tables<FleetTables>();
  const hosts = db.selectFrom('host').select(['name', 'address', 'port']).where('removed_at_ms', 'is', null);
  const clusters = await allClusters(db);
  return { hosts: await hosts.execute(), clusters: new Set(clusters.map(({ name_key }) => name_key)) };
}

const bare = { fingerprint: '', keyOf: '', facts: null } as const;

function whyKnown({ hosts, clusters }: Known, line: HostImportLine): Checked | undefined {
  const same = hosts.find(({ address, port }) => address === line.address && port === line.port);
  if (same !== undefined)
    return { line: line.line, verdict: 'known', sentence: `It is here already, as ${same.name}.`, ...bare };
  if (hosts.some(({ name }) => name === line.name))
    return { line: line.line, verdict: 'bad', sentence: `Another host is called ${line.name}.`, ...bare };
  if (line.cluster !== '' && !clusters.has(line.cluster.toLowerCase()))
    return { line: line.line, verdict: 'bad', sentence: `There is no cluster ${line.cluster}.`, ...bare };
  return undefined;
}

async function look(of: {
  readonly auth: InputOf<Operation>['auth'];
  readonly line: HostImportLine;
  readonly signal: AbortSignal;
}): Promise<Checked> {
  const { line, signal } = of;
  const found = await hostProbe(doorOf(line, of.auth), signal).catch((error: unknown) => {
    if (signal.aborted) throw error;
    // One host that answers nonsense must not end the look at the others.
    return { failed: error instanceof Error ? error.message : String(error) };
  });
  if ('failed' in found)
    return {
      line: line.line,
      verdict: 'bad',
      sentence: `It could not be looked at: ${found.failed}`,
      ...bare,
    };
  if (found.ok) {
    const { hostname, libvirtVersion, cpuCount, memoryBytes, vms, problems, fingerprint } = found.value;
    const facts = { hostname, libvirtVersion, cpuCount, memoryBytes, vms, problems };
    return { line: line.line, verdict: 'ready', sentence: '', fingerprint, keyOf: '', facts };
  }
  const sentence = sentenceOf(fleetContract.hostProbe.refusals[found.code], found.facts);
  if (found.code !== 'host-key-unknown') return { line: line.line, verdict: 'bad', sentence, ...bare };
  const keyOf = String(found.facts['address'] ?? '');
  return {
    line: line.line,
    verdict: 'key',
    sentence,
    fingerprint: String(found.facts['fingerprint'] ?? ''),
    keyOf: keyOf === line.address ? '' : keyOf,
    facts: null,
  };
}

/** A line as the door that `hostProbe` and `hostAdd` take. */
export function doorOf(line: Omit<HostImportLine, 'line' | 'cluster'>, auth: InputOf<Operation>['auth']) {
  const { address, port, user, jump, fingerprint } = line;
  return {
    address,
    port,
    user,
    jump,
    auth,
    ...(fingerprint === '' ? {} : { acceptedFingerprint: fingerprint }),
  };
}
