import { join } from 'node:path';
import { accessHandlers } from '../domains/access/access-handlers.ts';
import { alertsHandlers } from '../domains/alerts/alerts-handlers.ts';
import type { AlertsParts } from '../domains/alerts/alerts-parts.ts';
import { alertExceptions } from '../domains/alerts/alerts-public.ts';
import { balancesHandlers } from '../domains/balances/balances-handlers.ts';
import { billingHandlers } from '../domains/billing/billing-handlers.ts';
import type { BillingParts } from '../domains/billing/billing-parts.ts';
import {
  billedVms,
  poolOfVm,
  billingExceptions,
  companyVatId,
  invoiceHits,
  moneyOverview,
} from '../domains/billing/billing-public.ts';
import { usageBilling } from '../domains/billing/usage/usage-billing.ts';
import { bulkHandlers } from '../domains/bulk/bulk-handlers.ts';
import { bulkTasks } from '../domains/bulk/bulk-public.ts';
import { capacityHandlers } from '../domains/capacity/capacity-handlers.ts';
import type { CapacityParts } from '../domains/capacity/capacity-parts.ts';
import { catalogHandlers } from '../domains/catalog/catalog-handlers.ts';
import { planHits } from '../domains/catalog/catalog-public.ts';
import { companiesHandlers } from '../domains/companies/companies-handlers.ts';
import { vatRoundTask } from '../domains/customers/vat-round-task.ts';
import { customersHandlers } from '../domains/customers/customers-handlers.ts';
import { customerFacts, customerHits } from '../domains/customers/customers-public.ts';
import { hostsOfCapacity, vmsAlike, vmsOfHost } from '../domains/fleet/capacity-public.ts';
import { fleetHandlers } from '../domains/fleet/fleet-handlers.ts';
import type { FleetSubscriptions } from '../domains/fleet/fleet-parts.ts';
import { fleetExceptions, fleetOverview } from '../domains/fleet/fleet-overview.ts';
import { fleetProvisioning, fleetTasks } from '../domains/fleet/fleet-provisioning.ts';
import {
  clusterHits,
  connectedHosts,
  hostHits,
  hostNames,
  moveHosts,
  vmCountsOfCustomers,
  vmCountsOfTemplates,
  giveVm,
  vmFacts,
  vmFactsLocked,
  vmSizes,
  vmHits,
  vmNames,
} from '../domains/fleet/fleet-public.ts';
import type { FleetTables } from '../domains/fleet/fleet-tables.ts';
import type { HostConnections } from '../domains/fleet/sweep/host-connections.ts';
import type { HostKeys } from '../domains/fleet/hosts/host-keys.ts';
import { hardwareHandlers } from '../domains/hardware/hardware-handlers.ts';
import { hardwareTasks, VmTurns } from '../domains/hardware/hardware-public.ts';
import { usageGaps, usageOf, usageSums } from '../domains/fleet/usage-public.ts';
import type { HostImportParts } from '../domains/fleet/hosts/host-import-task.ts';
import type {
  ProvisioningParts,
  ProvisioningTemplates,
  TemplateForProvision,
} from '../domains/fleet/vms/vm-provisioning-parts.ts';
import { meteringHandlers } from '../domains/metering/metering-handlers.ts';
import type { MeteringParts } from '../domains/metering/metering-parts.ts';
import { movesHandlers } from '../domains/moves/moves-handlers.ts';
import type { MovesParts } from '../domains/moves/moves-parts.ts';
import { movesTasks } from '../domains/moves/moves-public.ts';
import { documentsHandlers } from '../domains/documents/documents-handlers.ts';
import { papersOffTheirForm, paperSeries } from '../domains/documents/documents-public.ts';
import { paymentsHandlers } from '../domains/payments/payments-handlers.ts';
import { freeExcess, paymentsOffTheirEntries } from '../domains/payments/payments-public.ts';
import { queriesHandlers } from '../domains/queries/queries-handlers.ts';
import { repricingHandlers } from '../domains/repricing/repricing-handlers.ts';
import { repricingTasks } from '../domains/repricing/repricing-public.ts';
import { runsHandlers } from '../domains/runs/runs-handlers.ts';
import { runsExceptions, runsTasks } from '../domains/runs/runs-public.ts';
import type { SystemParts } from '../domains/system/system-parts.ts';
import { systemHandlers } from '../domains/system/system-handlers.ts';
import { tasksHandlers } from '../domains/tasks/tasks-handlers.ts';
import { taskExceptions, taskHits } from '../domains/tasks/tasks-public.ts';
import { templatesHandlers } from '../domains/templates/templates-handlers.ts';
import {
  ensureTemplateOnHost,
  templateForProvision,
  templateForProvisionLocked,
  templateHits,
  templateName,
  templateTasks,
} from '../domains/templates/templates-public.ts';
import type { TemplatesParts } from '../domains/templates/templates-parts.ts';
import type { Log } from '../platform/log/log.ts';
import type { Sealer } from '../platform/secrets/sealer.ts';
import { askVies, VIES_ADDRESS, VIES_PAUSE_MS, type ViesQuestion } from '../platform/vies/vies-check.ts';
import type { AnyDatabase } from '../platform/store/any-database.ts';
import type { PdfPress } from '../platform/pdf/pdf-press.ts';
import type { Store } from '../platform/store/store.ts';
import type { AnyTaskDefinition, TaskStarter } from '../platform/tasks/task-definition.ts';
import type { TaskEngine } from '../platform/tasks/task-engine.ts';
import { bulkParts } from './engine-bulk.ts';
import type { AllHandlers } from './engine/engine-parts.ts';
import { composeAlerts, LateLists } from './compose-alerts.ts';
import { resourcesFolder } from './program-folders.ts';

/** What the domains stand on: everything of the outside world, opened. */
export interface Ground {
  readonly store: Store;
  readonly log: Log;
  readonly connections: HostConnections;
  readonly keys: HostKeys;
  readonly sealer: Sealer;
  readonly press: PdfPress;
  /** Starts tasks; the engine behind it is made after the definitions are known. */
  readonly tasks: TaskStarter;
  readonly spoolFolder: string;
  readonly sweepMs: number;
  /** Address of a Prometheus that long ranges are read from; empty: none. */
  readonly prometheus: string;
  readonly system: Pick<SystemParts, 'facts' | 'storeFile' | 'openPractice'>;
}

export interface Domains {
  readonly alerts: AlertsParts;
  /** Told of the handlers when they are there: some domains count what lists show. */
  readonly lists: LateLists;
  readonly billing: BillingParts;
  readonly capacity: CapacityParts;
  readonly templates: TemplatesParts;
  readonly moves: MovesParts;
  readonly subscriptions: FleetSubscriptions;
  readonly definitions: readonly AnyTaskDefinition[];
  /** Complete once the engine for its tasks is there. */
  handlers(engine: TaskEngine): AllHandlers;
}

/** The composition root of the domains: who is given what of whom. */
export function composeDomains(ground: Ground): Domains {
  const subscriptions = subscriptionsFor(ground);
  const templates = templatesParts(ground);
  const provisioning: ProvisioningParts & HostImportParts = {
    keys: ground.keys,
    store: ground.store,
    sealer: ground.sealer,
    connections: ground.connections,
    templates: templatesForProvisioning(templates),
    subscriptions,
    customerName: async (db, customerId) => (await customerFacts(db, customerId))?.name,
  };
  const billing = billingParts(ground);
  const bulk = bulkParts(ground, { ...provisioning, tasks: ground.tasks });
  const lists = new LateLists(ground.store);
  const alerts = composeAlerts(ground, lists);
  const { store, tasks, log, connections } = ground;
  const hardware = { store, connections, turns: new VmTurns() };
  const moves: MovesParts = { store, tasks, log, hosts: moveHosts(ground.connections) };
  const customers = {
    store,
    nowMs: store.nowMs,
    vies: async (question: ViesQuestion) => await askVies(VIES_ADDRESS, question),
    requesterVatId: companyVatId,
    vmCounts: vmCountsOfCustomers,
    pauseMs: VIES_PAUSE_MS,
  };
  const capacity = {
    store: ground.store,
    fleet: { hosts: hostsOfCapacity, vmsAlike, vmsOfHost },
  };
  return {
    alerts,
    lists,
    billing,
    capacity,
    templates,
    moves,
    subscriptions,
    definitions: [
      ...fleetTasks(provisioning),
      ...hardwareTasks(hardware),
      ...templateTasks(templates),
      ...bulkTasks(bulk),
      ...movesTasks(moves),
      ...runsTasks({ store, billing }),
      ...repricingTasks({ store, billing }),
      vatRoundTask(customers),
    ],
    handlers: (engine) => ({
      system: systemHandlers(systemParts(ground)),
      access: accessHandlers(),
      tasks: tasksHandlers({ engine }),
      fleet: fleetHandlers({
        store: ground.store,
        connections: ground.connections,
        keys: ground.keys,
        log: ground.log,
        subscriptions,
        templates: { nameOf: templateName },
        provisioning: fleetProvisioning({ ...provisioning, tasks: ground.tasks }),
        staleAfterMs: 3 * ground.sweepMs,
        prometheus: ground.prometheus,
      }),
      hardware: hardwareHandlers({ ...hardware, tasks: ground.tasks }),
      moves: movesHandlers({ ...moves, engine }),
      capacity: capacityHandlers(capacity),
      bulk: bulkHandlers({ ...bulk, tasks: ground.tasks }),
      templates: templatesHandlers(templates),
      customers: customersHandlers({ ...customers, tasks: ground.tasks }),
      catalog: catalogHandlers({ nowMs: ground.store.nowMs }),
      alerts: alertsHandlers(alerts),
      companies: companiesHandlers({ nowMs: billing.nowMs }),
      billing: billingHandlers(billing),
      balances: balancesHandlers(ground.store),
      payments: paymentsHandlers(billing),
      documents: documentsHandlers(billing),
      metering: meteringHandlers(meteringParts(ground)),
      runs: runsHandlers({ store, billing, tasks }),
      repricing: repricingHandlers({ store, billing, tasks }),
      queries: queriesHandlers({ nowMs: ground.store.nowMs }),
    }),
  };
}

function subscriptionsFor({ store }: Ground): FleetSubscriptions {
  return {
    ofVm: async (db, vmId) => {
      const found = (await billedVms(db, [vmId], await store.nowMs(db))).get(vmId);
      return found ? { id: found.subscriptionId, plan: found.plan, price: found.price } : null;
    },
    poolOf: async (db, vmId) => await poolOfVm(db, vmId, await store.nowMs(db)),
    among: async (db, vmIds) => new Set((await billedVms(db, vmIds, await store.nowMs(db))).keys()),
  };
}

function templatesParts({ store, sealer, tasks, log, connections, spoolFolder }: Ground): TemplatesParts {
  return {
    store,
    sealer,
    tasks,
    log,
    spoolFolder,
    hosts: {
      uploadTargets: async () =>
        (await connectedHosts(store.tables())).map(({ id, name }) => ({ hostId: id, host: name })),
      names: hostNames,
      vmCounts: vmCountsOfTemplates,
      withHost: async (hostId, signal, work) =>
        await connections.withHost(hostId, signal, async ({ session }) => await work(session)),
    },
  };
}

function templatesForProvisioning(templates: TemplatesParts): ProvisioningTemplates {
  return {
    forProvision: async (db, templateId) =>
      await orWhyNot(db, templateId, await templateForProvision(db, templateId)),
    forProvisionLocked: async (db, templateId) =>
      await orWhyNot(db, templateId, await templateForProvisionLocked(db, templateId)),
    ensureOnHost: async (templateId, hostId, options) =>
      await ensureTemplateOnHost(templates, { templateId, hostId }, options),
  };
}

async function orWhyNot(
  db: AnyDatabase,
  templateId: string,
  ready: Awaited<ReturnType<typeof templateForProvision>>,
): Promise<TemplateForProvision | undefined> {
  if (ready) return { ...ready, notReady: '' };
  const name = await templateName(db, templateId);
  return name === '' ? undefined : { ...unready, id: templateId, name };
}

const unready = {
  os: '',
  notReady: 'it is being imported or deleted',
  volumeName: '',
  virtualSizeBytes: 0,
  minDiskBytes: 0,
  minMemoryBytes: 0,
  minVcpus: 1,
  hostIds: [],
};

function billingParts({ store, press }: Ground): BillingParts {
  return {
    nowMs: store.nowMs,
    kind: store.kind,
    insertMany: store.insertMany,
    updateMany: store.updateMany,
    usage: {
      usageOf,
      usageSums,
      usageGaps: async (db, vmIds, endMs) =>
        await usageGaps(db, vmIds, { endMs, nowMs: await store.nowMs(db) }),
    },
    vms: { vmFactsLocked, vmFacts, giveVm, vmNames, vmSizes },
    payments: { freeExcess },
    paperSeries,
    alsoVerified: [paymentsOffTheirEntries, papersOffTheirForm],
    press,
    layoutFolder: join(resourcesFolder, 'layouts'),
  };
}

function meteringParts({ store }: Ground): MeteringParts {
  const { kind } = store;
  return {
    nowMs: store.nowMs,
    kind,
    insertMany: store.insertMany,
    updateMany: store.updateMany,
    billing: usageBilling({ kind, nowMs: store.nowMs }),
  };
}

function systemParts({ store, system, sweepMs }: Ground): SystemParts {
  const search =
    (find: typeof vmHits): SystemParts['searches'][number] =>
    async (text, limit) =>
      await find(store.tables(), text, limit);
  return {
    ...system,
    store,
    searches: [
      vmHits,
      hostHits,
      clusterHits,
      customerHits,
      invoiceHits,
      templateHits,
      planHits,
      taskHits,
    ].map(search),
    overview: {
      fleet: async () =>
        await fleetOverview(store.tables<FleetTables>(), {
          nowMs: await store.nowMs(),
          staleAfterMs: 3 * sweepMs,
        }),
      money: async () => await moneyOverview(store.tables(), await store.nowMs()),
      exceptions: [
        async () => await fleetExceptions(store.tables(), await store.nowMs()),
        async () => await taskExceptions(store.tables()),
        async () => await alertExceptions(store.tables()),
        async () => await billingExceptions(store.tables(), await store.nowMs()),
        async () => await runsExceptions(store.tables()),
      ],
    },
  };
}
