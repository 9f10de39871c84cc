import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import type { CallInputOf, OutputOf, RefusalCodeOf } from '../../shared/contract/operation.ts';
import type { Outcome } from '../../shared/contract/outcome.ts';
import { fleetContract } from '../../shared/domains/fleet/fleet-contract.ts';
import { alerts } from '../domains/alerts/schema/20261129T0741-alerts.ts';
import { alertsDeliveryClaims } from '../domains/alerts/schema/20261129T1150-alerts-delivery-claims.ts';
import { alertsOfSubjects } from '../domains/alerts/schema/20261129T1151-alerts-of-subjects.ts';
import { customersBillingProfile } from '../domains/customers/schema/20261130T0744-customers-billing-profile.ts';
import { customersSearch } from '../domains/customers/schema/20261201T0503-customers-search.ts';
import { customers } from '../domains/customers/schema/20261122T1020-customers.ts';
import { runFleetDuty, type FleetDutyParts } from '../domains/fleet/fleet-duty.ts';
import { fleetHandlers } from '../domains/fleet/fleet-handlers.ts';
import type { FleetParts } from '../domains/fleet/fleet-parts.ts';
import type { FleetTables } from '../domains/fleet/fleet-tables.ts';
import { HostConnections } from '../domains/fleet/sweep/host-connections.ts';
import { HostKeys } from '../domains/fleet/hosts/host-keys.ts';
import type { HostWatchSettings } from '../domains/fleet/sweep/host-watch.ts';
import { fleetHostsAndVms } from '../domains/fleet/schema/20261122T1010-fleet-hosts-and-vms.ts';
import { fleetSeriesAndUsage } from '../domains/fleet/schema/20261122T1011-fleet-series-and-usage.ts';
import { fleetVmMovingTo } from '../domains/fleet/schema/20261129T0732-fleet-vm-moving-to.ts';
import { fleetVmNoted } from '../domains/fleet/schema/20261129T0205-fleet-vm-noted.ts';
import { fleetClusters } from '../domains/fleet/schema/20261129T0701-fleet-clusters.ts';
import { fleetHostImports } from '../domains/fleet/schema/20261129T0703-fleet-host-imports.ts';
import { fleetHostMaintenance } from '../domains/fleet/schema/20261129T0731-fleet-host-maintenance.ts';
import { fleetCollectors } from '../domains/fleet/schema/20261129T1220-fleet-collectors.ts';
import { fleetRenameInOrder } from '../domains/fleet/schema/20261129T1225-fleet-rename-in-order.ts';
import { fleetVmDeletionVolumes } from '../domains/fleet/schema/20261129T1735-fleet-vm-deletion-volumes.ts';
import { fleetVmNextSize } from '../domains/fleet/schema/20261129T1805-fleet-vm-next-size.ts';
import { fleetVmNarrow } from '../domains/fleet/schema/20261129T0752-fleet-vm-narrow.ts';
import { fleetVmTagsApart } from '../domains/fleet/schema/20261129T1820-fleet-vm-tags-apart.ts';
import { fleetHostMoveAddress } from '../domains/fleet/schema/20261129T1229-fleet-host-move-address.ts';
import { fleetUsageHoldings } from '../domains/fleet/schema/20261130T1612-fleet-usage-holdings.ts';
import { fleetUsageOfGone } from '../domains/fleet/schema/20261201T0015-fleet-usage-of-gone.ts';
import { fleetUsageLean } from '../domains/fleet/schema/20261129T1745-fleet-usage-lean.ts';
import { fleetHostReasonCode } from '../domains/fleet/schema/20261122T1012-fleet-host-reason-code.ts';
import { tasksSchemaForTest } from './tasks-for-test.ts';
import type { CallContext } from '../platform/calls/call-context.ts';
import type { Log } from '../platform/log/log.ts';
import { keyFileSealer } from '../platform/secrets/key-file-sealer.ts';
import type { AnyTransaction, Store } from '../platform/store/store.ts';

/** What a store needs for the fleet alone. */
export const fleetTestSchema = [
  fleetHostsAndVms,
  fleetSeriesAndUsage,
  fleetHostReasonCode,
  customers,
  ...tasksSchemaForTest,
  fleetVmNoted,
  fleetClusters,
  fleetHostImports,
  fleetHostMaintenance,
  fleetVmMovingTo,
  alerts,
  fleetVmNarrow,
  alertsDeliveryClaims,
  alertsOfSubjects,
  fleetCollectors,
  fleetRenameInOrder,
  fleetHostMoveAddress,
  fleetVmDeletionVolumes,
  fleetUsageLean,
  fleetVmNextSize,
  fleetVmTagsApart,
  customersBillingProfile,
  fleetUsageHoldings,
  fleetUsageOfGone,
  customersSearch,
];

type Contract = typeof fleetContract;
type Callable = {
  [N in keyof Contract]: Contract[N] extends { kind: 'query' | 'command' } ? N : never;
}[keyof Contract];

/** The fleet domain on a store, without the rest of an engine. */
export interface FleetForTest {
  readonly store: Store;
  /** Seals what it keeps of hosts; another engine on the same store is given it. */
  readonly keyFile: string;
  readonly parts: FleetParts;
  readonly handlers: ReturnType<typeof fleetHandlers>;
  /** Subscriptions by VM id, for billing's part. */
  readonly billed: Map<string, { id: string; plan: string }>;
  readonly tables: Kysely<FleetTables>;
  /** Runs an operation as the engine does: input parsed, `store` commands in one transaction, refusals rolled back. */
  call<N extends Callable>(
    name: N,
    input: CallInputOf<Contract[N]>,
    signal?: AbortSignal,
  ): Promise<Outcome<OutputOf<Contract[N]>, RefusalCodeOf<Contract[N]>>>;
  context(signal: AbortSignal, trx?: AnyTransaction): CallContext;
  /** Collects until the returned function is called. */
  collect(settings?: Partial<HostWatchSettings>, more?: Pick<FleetDutyParts, 'onWake'>): () => Promise<void>;
  close(): Promise<void>;
}

/** Lines of the log that a test wants to see go to `heard`. */
export function logForTest(heard: string[] = []): Log {
  const line =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}): void => {
      const error = fields['error'];
      heard.push(`${level}: ${message} ${error instanceof Error ? (error.stack ?? error.message) : ''}`);
    };
  const log: Log = {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    with: () => log,
    close: async () => undefined,
  };
  return log;
}

export function fleetForTest(
  store: Store,
  log: Log = logForTest(),
  more: { readonly keyFile?: string } = {},
): FleetForTest {
  const folder = mkdtempSync(join(tmpdir(), 'innkeeper-fleet-'));
  const keyFile = more.keyFile ?? join(folder, 'key');
  const keys = new HostKeys(store, keyFileSealer(keyFile));
  const connections = new HostConnections({ store, keys, log });
  const stop = new AbortController();
  const following = connections.run(stop.signal);
  const billed = new Map<string, { id: string; plan: string }>();
  const elsewhere = async (): Promise<never> => {
    throw new Error('not part of this test');
  };
  const parts: FleetParts = {
    store,
    connections,
    keys,
    log,
    staleAfterMs: 90_000,
    prometheus: '',
    subscriptions: {
      ofVm: async (_db, vmId) => {
        const sold = billed.get(vmId);
        const price = { currency: 'EUR' as const, perMonth: '12.5', perVcpuHour: '0', perGibHour: '0' };
        return sold === undefined ? null : { ...sold, price };
      },
      poolOf: async () => null,
      among: async (_db, vmIds) => new Set(vmIds.filter((id) => billed.has(id))),
    },
    templates: { nameOf: async () => '' },
    provisioning: {
      vmCreate: elsewhere,
      vmDelete: elsewhere,
      vmShutdown: elsewhere,
      hostPlacement: elsewhere,
      hostImport: elsewhere,
    },
  };
  const handlers = fleetHandlers(parts);
  const context = (signal: AbortSignal, trx?: AnyTransaction): CallContext => ({
    actor: { id: 'person_1', login: 'ada', name: 'Ada', role: 'administrator' },
    operation: 'fleet.test',
    operationId: 'op_1',
    signal,
    tables: <T>() => (trx ?? store.tables<T>()) as Kysely<T>,
    note: async (topic, key) => {
      if (trx) await store.changes.note(trx, topic, key);
      else await store.transaction(async (own) => await store.changes.note(own, topic, key));
    },
    subject: () => undefined,
  });
  const run = async (name: Callable, input: unknown, signal: AbortSignal): Promise<unknown> => {
    const operation = fleetContract[name];
    const handler = handlers[name] as (input: unknown, context: CallContext) => Promise<{ ok: boolean }>;
    const parsed: unknown = operation.input.parse(input);
    if (operation.kind === 'query' || operation.effect === 'outside')
      return await handler(parsed, context(signal));
    return await store.transaction(async (trx) => await handler(parsed, context(signal, trx)));
  };
  return {
    store,
    keyFile,
    parts,
    handlers,
    billed,
    tables: store.tables<FleetTables>(),
    call: (async (name: Callable, input: unknown, signal = new AbortController().signal) =>
      await run(name, input, signal)) as FleetForTest['call'],
    context,
    collect: (settings, more) => collect(parts, settings, more),
    close: async () => {
      stop.abort();
      await following;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function collect(
  parts: FleetParts,
  settings: Partial<HostWatchSettings> = {},
  more: Pick<FleetDutyParts, 'onWake'> = {},
): () => Promise<void> {
  const stop = new AbortController();
  const ended = runFleetDuty(
    {
      ...parts,
      ...more,
      settings: { sweepMs: 30_000, slowMs: 5_000, factsMs: 300_000, countEveryMs: 0, ...settings },
      subscribed: async (trx, vmIds) => await parts.subscriptions.among(trx, vmIds),
      engineId: 'engine_test',
      priority: 0,
    },
    stop.signal,
  );
  return async () => {
    stop.abort();
    await ended;
  };
}
