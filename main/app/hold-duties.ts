import type { Transaction } from 'kysely';
import { ALERTS_DUTY, runAlerts } from '../domains/alerts/alerts-duty.ts';
import { BALANCES_DUTY, keepBalances } from '../domains/balances/balances-duty.ts';
import { BILLING_DAY_DUTY, runBillingDays } from '../domains/billing/billing-day-duty.ts';
import { CAPACITY_DUTY, keepCapacity } from '../domains/capacity/capacity-duty.ts';
import { runFleetDuty } from '../domains/fleet/fleet-duty.ts';
import type { FleetTables } from '../domains/fleet/fleet-tables.ts';
import type { HostConnections } from '../domains/fleet/sweep/host-connections.ts';
import type { HostWatchSettings } from '../domains/fleet/sweep/host-watch.ts';
import { MOVES_DUTY, moveSettings, runMoves } from '../domains/moves/moves-duty.ts';
import { runTemplatesTidying } from '../domains/templates/templates-duty.ts';
import type { Log } from '../platform/log/log.ts';
import { holdDuty } from '../platform/store/duty-hold.ts';
import type { Store } from '../platform/store/store.ts';
import type { Domains } from './engine-domains.ts';
import { keepStore } from './keep-store.ts';

export interface DutiesParts {
  readonly store: Store;
  readonly connections: HostConnections;
  readonly log: Log;
  readonly domains: Domains;
  readonly engineId: string;
  readonly hostKind: string;
  readonly watch: HostWatchSettings;
}

const LEASE_MS = 15_000;

/** Holds every duty that can be had until the signal aborts; workers come before consoles. */
export async function holdDuties(parts: DutiesParts, signal: AbortSignal): Promise<void> {
  const { store, log, domains, engineId } = parts;
  // An embedded store has one engine: nobody comes before it, and waiting would only delay the first sweep.
  const priority = parts.hostKind === 'worker' || store.kind === 'sqlite' ? 0 : 1;
  const hold = async (name: string, run: Parameters<typeof holdDuty>[0]['run']): Promise<void> =>
    await holdDuty({ store, name, holder: engineId, ttlMs: LEASE_MS, priority, signal, log, run });
  await Promise.all([
    runFleetDuty(
      {
        store,
        connections: parts.connections,
        log,
        settings: parts.watch,
        subscribed: async (trx: Transaction<FleetTables>, vmIds) =>
          await domains.subscriptions.among(trx, vmIds),
        engineId,
        priority,
      },
      signal,
    ),
    hold(
      BILLING_DAY_DUTY,
      async (grant) => await runBillingDays({ store, billing: domains.billing, log }, grant),
    ),
    hold(BALANCES_DUTY, async (grant) => await keepBalances({ store, log }, grant)),
    hold(ALERTS_DUTY, async (grant) => await runAlerts(domains.alerts, grant)),
    hold(
      MOVES_DUTY,
      async (grant) => await runMoves(domains.moves, grant, moveSettings(parts.watch.sweepMs)),
    ),
    hold(CAPACITY_DUTY, async (grant) => await keepCapacity({ ...domains.capacity, log }, grant)),
    runTemplatesTidying(domains.templates, signal),
    hold('keep:store', async (grant) => await keepStore({ store, log }, grant.signal)),
  ]);
}
