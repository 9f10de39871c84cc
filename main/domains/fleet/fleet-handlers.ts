import type { Kysely } from 'kysely';
import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { fleetContract } from '../../../shared/domains/fleet/fleet-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { ppmToPng } from '../../platform/image/ppm-to-png.ts';
import { clusterGet, clusterList } from './clusters/cluster-list.ts';
import { clusterRemove } from './clusters/cluster-remove.ts';
import { clusterCreate, clusterSave } from './clusters/cluster-save.ts';
import { HOST_REFRESH_TOPIC } from './fleet-duty.ts';
import type { FleetParts } from './fleet-parts.ts';
import type { FleetTables } from './fleet-tables.ts';
import { hostAdd } from './hosts/host-add.ts';
import { hostImportGet, hostImportRead } from './hosts/host-import.ts';
import { hostImportCheck } from './hosts/host-import-check.ts';
import { hostKeyReplace } from './hosts/host-key-replace.ts';
import { hostGet, hostList, instantOf, type Freshness } from './hosts/host-list.ts';
import { hostLabel } from './hosts/host-label.ts';
import { hostMoveAddress } from './hosts/host-move-address.ts';
import { hostMoveToCluster } from './hosts/host-move-to-cluster.ts';
import { hostProbe } from './hosts/host-probe.ts';
import { hostRemove } from './hosts/host-remove.ts';
import { hostSeriesOf } from './series/host-series.ts';
import { findHost } from './hosts/host-store.ts';
import { vmConsole, vmScreen } from './vms/vm-console.ts';
import { vmControl } from './vms/vm-control.ts';
import { vmDetailOf } from './vms/vm-get.ts';
import { vmTags } from './vms/vm-tags.ts';
import { vmList, type VmListTables } from './vms/vm-list.ts';
import { VmLive } from './vms/vm-live.ts';
import { onHostOf } from './vms/vm-on-host.ts';
import { vmAssign, vmNote } from './vms/vm-people.ts';
import { vmSeriesFrom } from './series/prometheus-series.ts';

type Handlers = DomainHandlers<typeof fleetContract, CallContext>;

export function fleetHandlers(parts: FleetParts): Handlers {
  return {
    ...clusterHandlers(parts),
    ...hostHandlers(parts),
    ...vmReading(parts),
    ...vmChanging(parts),
    ...vmFeeds(parts),
    ...parts.provisioning,
  };
}

type ClusterOperation =
  | 'clusterList'
  | 'clusterGet'
  | 'clusterCreate'
  | 'clusterSave'
  | 'clusterRemove'
  | 'hostMoveToCluster'
  | 'hostLabel'
  | 'hostMoveAddress';

function clusterHandlers({ store }: FleetParts): Pick<Handlers, ClusterOperation> {
  return {
    clusterList: async (input, context) =>
      done(await clusterList(context.tables<FleetTables>(), input, await store.nowMs())),
    clusterGet: async ({ clusterId }, context) => {
      const cluster = await clusterGet(context.tables<FleetTables>(), clusterId, await store.nowMs());
      return cluster === undefined ? refuse('no-such-cluster', { clusterId }) : done(cluster);
    },
    clusterCreate: clusterCreate(store),
    clusterSave: clusterSave(store),
    clusterRemove: clusterRemove(store),
    hostMoveToCluster: hostMoveToCluster(store),
    hostLabel: hostLabel(store),
    hostMoveAddress: hostMoveAddress(store),
  };
}

type HostOperation =
  | 'hostList'
  | 'hostGet'
  | 'hostSeries'
  | 'hostSeriesCompare'
  | 'hostProbe'
  | 'hostAdd'
  | 'hostRemove'
  | 'hostRefresh'
  | 'hostKeyReplace'
  | 'hostImportRead'
  | 'hostImportCheck'
  | 'hostImportGet';

function hostHandlers(parts: FleetParts): Pick<Handlers, HostOperation> {
  return {
    hostList: async (input, context) =>
      done(await hostList(context.tables<FleetTables>(), input, await freshness(parts))),
    hostGet: async ({ hostId }, context) => {
      const host = await hostGet(context.tables<FleetTables>(), hostId, await freshness(parts));
      return host === undefined ? refuse('no-such-host', { hostId }) : done(host);
    },
    hostSeries: async ({ hostId, range }, context) => {
      const { prometheus, store } = parts;
      const at = { nowMs: await store.nowMs(), signal: context.signal, prometheus };
      const asked = { hostIds: [hostId], range, ...at };
      const [host] = await hostSeriesOf(context.tables<FleetTables>(), asked);
      return host === undefined ? refuse('no-such-host', { hostId }) : done(host.series);
    },
    hostSeriesCompare: async (input, context) => {
      const { prometheus, store } = parts;
      const asked = { ...input, prometheus, nowMs: await store.nowMs(), signal: context.signal };
      return done({ hosts: await hostSeriesOf(context.tables<FleetTables>(), asked) });
    },
    hostProbe: async (input, { signal }) => await hostProbe(input, signal),
    hostAdd: async (input, context) => await hostAdd(parts, input, context),
    hostRemove: async (input, context) => await hostRemove(parts, input, context),
    hostRefresh: async ({ hostId }, context) => {
      const host = await findHost(context.tables<FleetTables>(), hostId);
      if (host === undefined) return refuse('no-such-host', { hostId });
      await context.note(HOST_REFRESH_TOPIC, hostId);
      return done({});
    },
    hostKeyReplace: async (input, context) => await hostKeyReplace(parts, input, context),
    hostImportRead: async (input) => done(hostImportRead(input)),
    hostImportCheck: async (input, { signal }) => done(await hostImportCheck(parts.store, input, signal)),
    hostImportGet,
  };
}

type VmReading = 'vmList' | 'vmTagList' | 'vmGet' | 'vmXml' | 'vmSeries' | 'vmEvents' | 'vmScreenshot';

function vmReading(parts: FleetParts): Pick<Handlers, VmReading> {
  return {
    vmList: async (input, context) =>
      done(await vmList(context.tables<VmListTables>(), input, await freshness(parts))),
    vmGet: async ({ vmId }, context) => {
      const db = context.tables<VmListTables>();
      const vm = await vmDetailOf(parts, { db, vmId, fresh: await freshness(parts) });
      return vm === undefined ? refuse('no-such-vm', { vmId }) : done(vm);
    },
    vmXml: async ({ vmId }, context) =>
      await onHostOf(parts, { vmId, action: null, context }, async ({ link, ref }) =>
        done({ xml: await link.session.domains.xml(ref, 0, { signal: context.signal }) }),
      ),
    vmSeries: async ({ vmId, range }, context) => {
      const db = context.tables<FleetTables>();
      const uuid = await uuidOf(db, vmId);
      if (uuid === undefined) return refuse('no-such-vm', { vmId });
      const asked = { uuid, range, nowMs: await parts.store.nowMs(), signal: context.signal };
      return done(await vmSeriesFrom(db, parts.prometheus, asked));
    },
    vmTagList: async (input, context) => done({ rows: await vmTags(context.tables<FleetTables>(), input) }),
    vmEvents: async ({ vmId, limit }, context) => {
      const db = context.tables<FleetTables>();
      const uuid = await uuidOf(db, vmId);
      if (uuid === undefined) return refuse('no-such-vm', { vmId });
      const rows = await db
        .selectFrom('vm_event')
        .select(['at_ms', 'event', 'detail'])
        .where('vm_uuid', '=', uuid)
        .orderBy('at_ms', 'desc')
        .orderBy('seq', 'desc')
        .limit(limit)
        .execute();
      return done({
        rows: rows.map(({ at_ms, event, detail }) => ({ at: instantOf(at_ms), event, detail })),
      });
    },
    vmScreenshot: async ({ vmId }, context) =>
      await onHostOf(parts, { vmId, action: 'screen', context }, async ({ link, ref }) => {
        const { mimeType, image } = await link.session.domains.screenshot(
          ref,
          {},
          { signal: context.signal },
        );
        const isPpm = mimeType === 'image/x-portable-pixmap';
        return done({
          mime: isPpm ? 'image/png' : mimeType,
          base64: (isPpm ? ppmToPng(image) : image).toString('base64'),
        });
      }),
  };
}

type VmChanging =
  | 'vmStart'
  | 'vmForceOff'
  | 'vmReboot'
  | 'vmReset'
  | 'vmPause'
  | 'vmResume'
  | 'vmAssign'
  | 'vmNote';

function vmChanging(parts: FleetParts): Pick<Handlers, VmChanging> {
  const control =
    (action: Parameters<typeof vmControl>[1]['action']): Handlers['vmStart'] =>
    async ({ vmId }, context) =>
      await vmControl(parts, { vmId, action }, context);
  return {
    vmStart: control('start'),
    vmForceOff: control('forceOff'),
    vmReboot: control('reboot'),
    vmReset: control('reset'),
    vmPause: control('pause'),
    vmResume: control('resume'),
    vmAssign: async (input, context) => await vmAssign(parts, input, context),
    vmNote: async (input, context) => await vmNote(input, context),
  };
}

function vmFeeds(parts: FleetParts): Pick<Handlers, 'vmLive' | 'vmConsole' | 'vmScreen'> {
  const live = new VmLive(parts);
  return {
    vmLive: ({ vmId }, context) => live.subscribe(vmId, context),
    vmConsole: (input, context, start) => vmConsole(parts, input, { context, start }),
    vmScreen: (input, context, start) => vmScreen(parts, input, { context, start }),
  };
}

async function freshness(parts: FleetParts): Promise<Freshness> {
  return { nowMs: await parts.store.nowMs(), staleAfterMs: parts.staleAfterMs };
}

async function uuidOf(db: Kysely<FleetTables>, vmId: string): Promise<string | undefined> {
  const row = await db.selectFrom('vm').select('uuid').where('id', '=', vmId).executeTakeFirst();
  return row?.uuid;
}
