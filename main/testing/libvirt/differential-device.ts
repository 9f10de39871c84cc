import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import { LibvirtError } from '../../platform/libvirt/libvirt-errors.ts';
import { fields, guestFacts, numbers, pick, printable, trimmed } from './virsh-output.ts';
import type { Read } from './virsh-output.ts';
import { limits } from '../../platform/libvirt/xdr-limits.ts';
import type { DomainRef } from '../../platform/libvirt/xdr-objects.ts';

const { blockIoTuneParameters } = limits;
/** `VIR_TYPED_PARAM_STRING_OKAY`, as virsh says too. */
const STRINGS_OKAY = 4;

/** Reads of a domain's disks and interfaces, by their targets in the live XML. */
export async function deviceReads(api: LibvirtApi, dom: DomainRef): Promise<Read[]> {
  const xml = await api.domains.xml(dom);
  const disks = [...xml.matchAll(/<disk [^]*?<target dev='([^']+)'/g)].map(([, target = '']) => target);
  const taps = [...xml.matchAll(/<interface [^]*?<\/interface>/g)].flatMap(
    ([element]) => /<target dev='([^']+)'/.exec(element)?.[1] ?? [],
  );
  const named = (command: string, device: string) => `${dom.name}: ${command} ${device}`;
  return [
    ...disks.flatMap((disk): Read[] => [
      {
        read: named('domblkinfo', disk),
        ours: async () => Object.values(await api.domains.blockInfo(dom, disk)).map(String),
        virsh: ['domblkinfo', dom.name, disk],
        parse: (out) => pick(out, ['Capacity', 'Allocation', 'Physical']),
      },
      {
        read: named('domblkstat', disk),
        ours: async () => blockCounters(await api.domains.blockStats(dom, disk)),
        virsh: ['domblkstat', dom.name, disk],
        parse: (out) =>
          keep(numbers(out, /^\S+ (\w+) (-?\d+)$/gm), ['rd_req', 'rd_bytes', 'wr_req', 'wr_bytes']),
      },
      {
        read: named('blkdeviotune', disk),
        ours: async () => {
          const args = { dom, disk, nparams: blockIoTuneParameters, flags: STRINGS_OKAY };
          const { params } = await api.call('domainGetBlockIoTune', args);
          return Object.fromEntries(
            Object.entries(printable(params)).map(([name, value]) => [name, String(value)]),
          );
        },
        virsh: ['blkdeviotune', dom.name, disk],
        parse: guestFacts,
      },
      {
        read: named('blockjob', disk),
        ours: async () =>
          (await api.blockJobs.info(dom, disk)) === null ? `No current block job for ${disk}` : 'a job',
        virsh: ['blockjob', dom.name, disk],
        parse: (out) => (out.startsWith('No current') ? out.trim() : 'a job'),
      },
    ]),
    ...taps.map((tap): Read => ({
      read: named('domifstat', tap),
      ours: async () => Object.values(await api.domains.interfaceStats(dom, tap)),
      virsh: ['domifstat', dom.name, tap],
      parse: (out) => Object.values(numbers(out, /^\S+ (\w+) (-?\d+)$/gm)),
    })),
    ...(await snapshotReads(api, dom)),
  ];
}

function blockCounters(stats: {
  rdReq: number;
  rdBytes: number;
  wrReq: number;
  wrBytes: number;
}): Record<string, number> {
  return { rd_req: stats.rdReq, rd_bytes: stats.rdBytes, wr_req: stats.wrReq, wr_bytes: stats.wrBytes };
}

function keep(record: Record<string, number>, keys: readonly string[]): Record<string, number> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => keys.includes(key)));
}

/** The first of its line has no parent; the host says so with an error, virsh with a dash. */
function unlessRoot(error: unknown): undefined {
  if (error instanceof LibvirtError && /^VIR_ERR_NO_DOMAIN_(SNAPSHOT|CHECKPOINT)$/.test(error.codeName))
    return undefined;
  throw error;
}

function parentIn(out: string): string | undefined {
  const parent = fields(out)['Parent'];
  return parent === '-' || parent === '' ? undefined : parent;
}

async function snapshotReads(api: LibvirtApi, dom: DomainRef): Promise<Read[]> {
  const snapshots = await api.snapshots.listAll(dom);
  const checkpoints = await api.checkpoints.listAll(dom).catch(() => []);
  return [
    ...snapshots.flatMap((snap): Read[] => [
      {
        read: `${dom.name}: snapshot-dumpxml ${snap.name}`,
        ours: async () => (await api.snapshots.xml(await api.snapshots.lookupByName(dom, snap.name))).trim(),
        virsh: ['snapshot-dumpxml', dom.name, snap.name],
        parse: trimmed,
      },
      {
        read: `${dom.name}: snapshot-parent ${snap.name}`,
        ours: async () => (await api.snapshots.parent(snap).catch(unlessRoot))?.name,
        virsh: ['snapshot-info', dom.name, snap.name],
        parse: parentIn,
      },
    ]),
    ...checkpoints.flatMap((one): Read[] => [
      {
        read: `${dom.name}: checkpoint-dumpxml ${one.name}`,
        ours: async () =>
          (await api.checkpoints.xml(await api.checkpoints.lookupByName(dom, one.name))).trim(),
        virsh: ['checkpoint-dumpxml', dom.name, one.name],
        parse: trimmed,
      },
      {
        read: `${dom.name}: checkpoint-parent ${one.name}`,
        ours: async () => (await api.checkpoints.parent(one).catch(unlessRoot))?.name,
        virsh: ['checkpoint-info', dom.name, one.name],
        parse: parentIn,
      },
    ]),
  ];
}
