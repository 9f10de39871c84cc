import type { HostFacts } from '../../../shared/domains/fleet/host-contract.ts';
import type { TemplateRow } from '../../../shared/domains/templates/templates-contract.ts';
import { GIB, formatBytes } from '../../../shared/kernel/bytes.ts';
import type { InputOf } from '../../client/operation-types.ts';
import { tagProblem, tagsOf } from './tag-words.ts';

/** A number field is text while it is empty. */
type NumberText = number | string;

export type VmCreateValues = {
  templateId: string | null;
  name: string;
  customerId: string | null;
  vcpus: NumberText;
  memoryGib: NumberText;
  diskGib: NumberText;
  /** Null: any of them. */
  clusterId: string | null;
  /** Null: the host that fits best, in the cluster where one is chosen. */
  hostId: string | null;
  /** `network:default`, `bridge:br0`. */
  network: string | null;
  addressing: 'dhcp' | 'static';
  cidr: string;
  gateway: string;
  nameservers: string;
  /** One per line. */
  sshKeys: string;
  firstBootScript: string;
  tags: string;
};

export const emptyVm: VmCreateValues = {
  templateId: null,
  name: '',
  customerId: null,
  vcpus: 2,
  memoryGib: 4,
  diskGib: 20,
  clusterId: null,
  hostId: null,
  network: null,
  addressing: 'dhcp',
  cidr: '',
  gateway: '',
  nameservers: '',
  sshKeys: '',
  firstBootScript: '',
  tags: '',
};

export interface VmSizeWanted {
  vcpus: number;
  memoryBytes: number;
  diskBytes: number;
}

/** The size in bytes; null while a field holds no usable number. */
export function sizeOf(values: Pick<VmCreateValues, 'vcpus' | 'memoryGib' | 'diskGib'>): VmSizeWanted | null {
  const { vcpus, memoryGib, diskGib } = values;
  if (typeof vcpus !== 'number' || typeof memoryGib !== 'number' || typeof diskGib !== 'number') return null;
  if (!Number.isInteger(vcpus) || vcpus < 1 || vcpus > 256 || memoryGib < 0.0625 || diskGib <= 0) return null;
  return { vcpus, memoryBytes: Math.round(memoryGib * GIB), diskBytes: Math.round(diskGib * GIB) };
}

/** What hosts are asked for, as it is typed; null while a size is missing. Filters of clusters look at customer and tags too. */
export function placementInput(values: VmCreateValues): InputOf<'fleet.hostPlacement'> | null {
  const size = sizeOf(values);
  if (size === null) return null;
  const { templateId, customerId, clusterId, tags } = values;
  return {
    ...size,
    customerId,
    clusterId,
    ...(templateId === null ? {} : { templateId }),
    ...(tagProblem(tags) === null ? { tags: tagsOf(tags) } : {}),
  };
}

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
const wordsOf = (text: string): string[] => text.split(/[\s,]+/).filter(Boolean);

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$/;
const KEY = /^(ssh-|ecdsa-|sk-)\S+\s+\S+/;
const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The least a VM made from it gets: what its template says, and never less disk than the image holds. */
export function leastOf(template: TemplateRow): VmSizeWanted {
  return {
    vcpus: template.minVcpus,
    memoryBytes: template.minMemoryBytes,
    diskBytes: Math.max(template.minDiskBytes, template.virtualSizeBytes),
  };
}

/** What is wrong, by field, each with the way out. `template` is the chosen one, once it is read. */
export function vmProblems(
  values: VmCreateValues,
  template: TemplateRow | undefined,
): Record<string, string> {
  const problems: Record<string, string | null> = {
    templateId: values.templateId === null ? 'Choose what it is made from.' : null,
    name: NAME.test(values.name.trim())
      ? null
      : 'Lower-case letters, digits and hyphens, at most 63, as in a host name: acct-4812.',
    network: values.network === null ? 'Choose where it is plugged in.' : null,
    ...sizeProblems(values, template && leastOf(template)),
    ...addressProblems(values),
    sshKeys: sshKeysProblem(values.sshKeys),
    tags: tagProblem(values.tags),
  };
  return Object.fromEntries(
    Object.entries(problems).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

function sizeProblems(
  values: VmCreateValues,
  least: VmSizeWanted | undefined,
): Record<string, string | null> {
  const { vcpus, memoryGib, diskGib } = values;
  return {
    vcpus:
      typeof vcpus !== 'number' || !Number.isInteger(vcpus) || vcpus < 1 || vcpus > 256
        ? 'From 1 to 256.'
        : least && vcpus < least.vcpus
          ? `The template needs at least ${least.vcpus}.`
          : null,
    memoryGib:
      typeof memoryGib !== 'number' || memoryGib < 0.0625
        ? 'At least 0.0625 GiB (64 MiB).'
        : least && memoryGib * GIB < least.memoryBytes
          ? `The template needs at least ${formatBytes(least.memoryBytes)}.`
          : null,
    diskGib:
      typeof diskGib !== 'number' || diskGib <= 0
        ? 'A size in GiB.'
        : least && diskGib * GIB < least.diskBytes
          ? `The image needs at least ${formatBytes(least.diskBytes)}.`
          : null,
  };
}

function addressProblems(values: VmCreateValues): Record<string, string | null> {
  if (values.addressing === 'dhcp') return {};
  const [address = '', prefix = ''] = values.cidr.trim().split('/');
  const isCidr = IPV4.test(address) && /^\d{1,2}$/.test(prefix) && Number(prefix) <= 32;
  const badServer = wordsOf(values.nameservers).find((server) => !IPV4.test(server));
  return {
    cidr: isCidr ? null : 'An IPv4 address with its prefix length: 10.42.7.131/24.',
    gateway:
      values.gateway.trim() === '' || IPV4.test(values.gateway.trim()) ? null : 'An IPv4 address: 10.42.7.1.',
    nameservers: badServer === undefined ? null : `"${badServer}" is no IPv4 address.`,
  };
}

function sshKeysProblem(text: string): string | null {
  const keys = linesOf(text);
  const bad = keys.findIndex((key) => !KEY.test(key));
  if (bad >= 0) return `Line ${bad + 1} is no public key: it begins with ssh-ed25519, ssh-rsa or the like.`;
  return keys.length > 50 ? 'At most 50 keys.' : null;
}

/** The call's input; null while a size or a choice is missing. */
export function vmCreateInput(values: VmCreateValues): InputOf<'fleet.vmCreate'> | null {
  const size = sizeOf(values);
  const network = networkOf(values.network);
  if (!size || !network || values.templateId === null) return null;
  const gateway = values.gateway.trim();
  return {
    ...size,
    name: values.name.trim(),
    templateId: values.templateId,
    customerId: values.customerId,
    clusterId: values.clusterId,
    hostId: values.hostId,
    network,
    ...(values.addressing === 'static'
      ? {
          address: {
            cidr: values.cidr.trim(),
            nameservers: wordsOf(values.nameservers),
            ...(gateway === '' ? {} : { gateway }),
          },
        }
      : {}),
    sshKeys: linesOf(values.sshKeys),
    firstBootScript: values.firstBootScript,
    tags: tagsOf(values.tags),
  };
}

function networkOf(key: string | null): { kind: 'network' | 'bridge'; name: string } | null {
  const found = /^(network|bridge):(.+)$/.exec(key ?? '');
  return found?.[2] ? { kind: found[1] === 'bridge' ? 'bridge' : 'network', name: found[2] } : null;
}

/** Networks and bridges of a host that VMs can be plugged into, as choices; the one most VMs want first. */
export function networkChoices(networks: HostFacts['networks']): { value: string; label: string }[] {
  return networks
    .filter((network) => network.active)
    .map((network) => ({
      value: `${network.kind}:${network.name}`,
      label: `${network.name} (${network.kind === 'bridge' ? 'bridge' : `network, ${network.forward || 'isolated'}`})`,
    }));
}

/** Field of the form for a dotted path of the call's input. */
export function fieldOf(path: string): keyof VmCreateValues | null {
  const [head = '', second = ''] = path.split('.');
  const fields: Record<string, keyof VmCreateValues> = {
    name: 'name',
    templateId: 'templateId',
    customerId: 'customerId',
    vcpus: 'vcpus',
    memoryBytes: 'memoryGib',
    diskBytes: 'diskGib',
    network: 'network',
    sshKeys: 'sshKeys',
    firstBootScript: 'firstBootScript',
    tags: 'tags',
  };
  const address: Record<string, keyof VmCreateValues> = {
    cidr: 'cidr',
    gateway: 'gateway',
    nameservers: 'nameservers',
  };
  return (head === 'address' ? address[second] : fields[head]) ?? null;
}
