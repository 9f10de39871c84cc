import { jobTypeName } from '../../platform/libvirt/enum-names.ts';
import { domainXmlFlags, vcpuFlags } from '../../platform/libvirt/flags.ts';
import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import { LibvirtError } from '../../platform/libvirt/libvirt-errors.ts';
import {
  fields,
  kib,
  lines,
  names,
  numbers,
  guestFacts,
  printable,
  sortedLines,
  statistics,
  trimmed,
  yesNo,
} from './virsh-output.ts';
import type { Read } from './virsh-output.ts';
import type { DomainRef } from '../../platform/libvirt/xdr-objects.ts';

const cpuSeconds = (ns: number) => Number((ns / 1e9).toFixed(1));

async function domainInfo(api: LibvirtApi, dom: DomainRef): Promise<unknown[]> {
  const { domains } = api;
  const info = await domains.info(dom);
  return [
    dom.id === -1 ? '-' : String(dom.id),
    dom.name,
    dom.uuid,
    await domains.osType(dom),
    info.stateName === 'shutoff' ? 'shut off' : info.stateName,
    String(info.vcpus),
    info.cpuTimeNs === 0 ? undefined : cpuSeconds(info.cpuTimeNs),
    kib(info.maxMemoryBytes),
    kib(info.memoryBytes),
    yesNo(await domains.isPersistent(dom)),
    (await domains.autostart(dom)) ? 'enable' : 'disable',
    yesNo(await domains.hasManagedSave(dom)),
  ];
}

const infoKeys = [
  'Id',
  'Name',
  'UUID',
  'OS Type',
  'State',
  'CPU(s)',
  'CPU time',
  'Max memory',
  'Used memory',
  'Persistent',
  'Autostart',
  'Managed save',
];
/** A number, for it may move while one asks. */
const cpuTimeIn = (text: string | undefined) => (text === undefined ? undefined : Number.parseFloat(text));
const stateWords: Readonly<Record<string, string>> = {
  shutoff: 'shut off',
  nostate: 'no state',
  shutdown: 'in shutdown',
};

/** `virDomainDiskErrorCode` as virsh words it. */
const diskErrorWords: Readonly<Record<number, string>> = { 1: 'unspecified error', 2: 'no space' };

const addressLines = (out: string) =>
  lines(out)
    .slice(2)
    .map((line) => line.split(/\s+/));

export function domainReads(api: LibvirtApi, dom: DomainRef): Read[] {
  const { domains, guest } = api;
  const on = (command: string, ...more: string[]) => [command, dom.name, ...more];
  const addresses = (source: 'lease' | 'agent' | 'arp'): Read => ({
    read: `domifaddr ${source}`,
    ours: async () =>
      (await guest.interfaceAddresses(dom, source)).flatMap(({ name, mac, addresses: found }) =>
        found.length === 0
          ? [[name, mac, 'N/A', 'N/A']]
          : found.map((one) => [name, mac, one.family, `${one.address}/${one.prefixLength}`]),
      ),
    virsh: on('domifaddr', '--full', '--source', source),
    parse: addressLines,
  });
  const reads: Read[] = [
    {
      read: 'domuuid',
      ours: async () => (await domains.lookupByName(dom.name)).uuid,
      virsh: on('domuuid'),
      parse: trimmed,
    },
    {
      read: 'domname',
      ours: async () => (await domains.lookupByUuid(dom.uuid)).name,
      virsh: ['domname', dom.uuid],
      parse: trimmed,
    },
    {
      read: 'domid',
      ours: async () => (await domains.lookupByUuid(dom.uuid)).id,
      virsh: on('domid'),
      parse: (out) => (out.trim() === '-' ? -1 : Number(out)),
    },
    {
      read: 'domname by number',
      ours: async () => (dom.id === -1 ? dom.name : (await domains.lookupById(dom.id)).name),
      virsh: ['domname', dom.id === -1 ? dom.uuid : String(dom.id)],
      parse: trimmed,
    },
    {
      read: 'list active',
      ours: () => domains.isActive(dom),
      virsh: ['list', '--name'],
      parse: (out) => lines(out).includes(dom.name),
    },
    {
      read: 'maximum memory',
      ours: async () => kib(await domains.maxMemoryBytes(dom)),
      virsh: on('dominfo'),
      parse: (out) => fields(out)['Max memory'],
    },
    {
      read: 'messages',
      ours: () => domains.messages(dom),
      virsh: on('dominfo'),
      parse: (out) => lines(/^Messages:([^]*)/m.exec(out)?.[1] ?? ''),
    },
    {
      read: 'domblkerror',
      ours: async () =>
        (await domains.diskErrors(dom)).map(
          ({ disk, error }) => `${disk}: ${diskErrorWords[error] ?? error}`,
        ),
      virsh: on('domblkerror'),
      parse: (out) => lines(out).filter((line) => line !== 'No errors found'),
    },
    {
      read: 'domstate',
      ours: async () =>
        domains
          .state(dom)
          .then(({ stateName, reasonName }) => `${stateWords[stateName] ?? stateName} (${reasonName})`),
      virsh: on('domstate', '--reason'),
      parse: trimmed,
    },
    {
      read: 'dominfo',
      ours: () => domainInfo(api, dom),
      virsh: on('dominfo'),
      parse: (out) =>
        infoKeys.map((key) => (key === 'CPU time' ? cpuTimeIn(fields(out)[key]) : fields(out)[key])),
    },
    {
      read: 'dumpxml',
      ours: async () => (await domains.xml(dom)).trim(),
      virsh: on('dumpxml'),
      parse: trimmed,
    },
    {
      read: 'dumpxml inactive',
      ours: async () => (await domains.xml(dom, domainXmlFlags.inactive)).trim(),
      virsh: on('dumpxml', '--inactive'),
      parse: trimmed,
    },
    {
      read: 'domstats',
      ours: async () => printable((await domains.allStats({ domains: [dom] }))[0]?.stats ?? {}),
      virsh: on('domstats', '--nowait'),
      parse: statistics,
    },
    {
      read: 'vcpucount maximum',
      ours: () => domains.vcpus(dom, vcpuFlags.maximum | vcpuFlags.config),
      virsh: on('vcpucount', '--maximum', '--config'),
      parse: Number,
    },
    {
      read: 'vcpucount maximum of the moment',
      ours: async () => (await api.call('domainGetMaxVcpus', { dom })).num,
      virsh: on('vcpucount', '--maximum', '--live'),
      parse: Number,
    },
    {
      read: 'guestvcpus',
      ours: async () => printable((await api.call('domainGetGuestVcpus', { dom, flags: 0 })).params),
      virsh: on('guestvcpus'),
      parse: guestFacts,
    },
    {
      read: 'vcpucount live',
      ours: () => domains.vcpus(dom, vcpuFlags.live),
      virsh: on('vcpucount', '--current', '--live'),
      parse: Number,
    },
    {
      read: 'dommemstat',
      ours: () => domains.memoryStats(dom),
      virsh: on('dommemstat'),
      parse: (out) =>
        Object.fromEntries(
          Object.entries(numbers(out, /^(\w+) (\d+)$/gm)).map(([name, value]) => [
            name.replaceAll('_', '-'),
            value,
          ]),
        ),
    },
    {
      read: 'domcontrol',
      ours: async () => ((await domains.controlInfo(dom)).state === 0 ? 'ok' : 'busy'),
      virsh: on('domcontrol'),
      parse: trimmed,
    },
    {
      read: 'domjobinfo',
      ours: async () => (await api.jobs.stats(dom)).typeName,
      virsh: on('domjobinfo'),
      parse: (out) => fields(out)['Job type']?.toLowerCase(),
    },
    {
      read: 'domjobinfo of old',
      ours: async () => jobTypeName((await api.jobs.info(dom)).type),
      virsh: on('domjobinfo'),
      parse: (out) => fields(out)['Job type']?.toLowerCase(),
    },
    {
      read: 'migrate-getspeed',
      ours: () => api.jobs.maxSpeedMibPerSecond(dom),
      virsh: on('migrate-getspeed'),
      parse: Number,
    },
    {
      read: 'desc',
      ours: () =>
        domains.metadata(dom, 'description').catch(orNoMetadata(`No description for domain: ${dom.name}`)),
      virsh: on('desc'),
      parse: trimmed,
    },
    {
      read: 'title',
      ours: () => domains.metadata(dom, 'title').catch(orNoMetadata(`No title for domain: ${dom.name}`)),
      virsh: on('desc', '--title'),
      parse: trimmed,
    },
    {
      read: 'metadata',
      ours: async () => (await domains.metadata(dom, { elementUri: 'urn:example:none' })).trim(),
      virsh: on('metadata', 'urn:example:none'),
      parse: trimmed,
    },
    {
      read: 'snapshot-list',
      ours: async () => names(await api.snapshots.listAll(dom)),
      virsh: on('snapshot-list', '--name'),
      parse: sortedLines,
    },
    {
      read: 'snapshot-current',
      ours: async () =>
        (await api.snapshots.current(dom))?.name ?? { error: `domain '${dom.name}' has no current snapshot` },
      virsh: on('snapshot-current', '--name'),
      parse: trimmed,
    },
    {
      read: 'snapshot-list, how many',
      ours: async () => (await api.call('domainSnapshotNum', { dom, flags: 0 })).num,
      virsh: on('snapshot-list', '--name'),
      parse: (out) => lines(out).length,
    },
    {
      read: 'get-user-sshkeys',
      ours: () => guest.authorizedSshKeys(dom, 'root'),
      virsh: on('get-user-sshkeys', 'root'),
      parse: lines,
    },
    {
      read: 'checkpoint-list',
      ours: async () => names(await api.checkpoints.listAll(dom)),
      virsh: on('checkpoint-list', '--name'),
      parse: sortedLines,
    },
    {
      read: 'backup-dumpxml',
      ours: async () => (await api.backups.xml(dom)).trim(),
      virsh: on('backup-dumpxml'),
      parse: trimmed,
    },
    { read: 'domhostname', ours: () => guest.hostname(dom), virsh: on('domhostname'), parse: trimmed },
    {
      read: 'domtime',
      ours: async () => Math.floor((await guest.timeMs(dom)) / 1_000),
      virsh: on('domtime'),
      parse: (out) => Number(fields(out).Time),
    },
    {
      read: 'domfsinfo',
      ours: async () =>
        (await guest.fileSystems(dom)).map((one) =>
          [one.mountpoint, one.name, one.fstype, one.devAliases.join(',')].join(' ').trim(),
        ),
      virsh: on('domfsinfo'),
      parse: (out) =>
        lines(out)
          .slice(2)
          .map((line) => line.replace(/\s+/g, ' ')),
    },
    {
      read: 'guestinfo',
      ours: async () =>
        Object.fromEntries(
          Object.entries(printable(await guest.info(dom))).map(([name, value]) => [name, String(value)]),
        ),
      virsh: on('guestinfo'),
      parse: guestFacts,
    },
    addresses('lease'),
    addresses('agent'),
    addresses('arp'),
  ];
  return reads.map((read) => ({ ...read, read: `${dom.name}: ${read.read}` }));
}

/** virsh turns "no such metadata" into a sentence of its own. */
function orNoMetadata(sentence: string): (error: unknown) => string {
  return (error) => {
    if (error instanceof LibvirtError && error.codeName === 'VIR_ERR_NO_DOMAIN_METADATA') return sentence;
    throw error;
  };
}
