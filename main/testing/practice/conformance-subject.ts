import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { domainListFlags, undefineFlags } from '../../platform/libvirt/flags.ts';
import type { LibvirtConnection } from '../../platform/libvirt/libvirt-connection.ts';
import { LibvirtError } from '../../platform/libvirt/libvirt-errors.ts';
import type { DomainRef, StoragePoolRef, StorageVolumeRef } from '../../platform/libvirt/xdr-objects.ts';

/** One thing a host does. Each cleans up behind itself, even when it fails. */
export type Behaviour = { readonly title: string; readonly check: (subject: Subject) => Promise<void> };

/** Comes before every name a behaviour makes; what carries it may be removed. */
export const PREFIX = 'conformance-';

export const PATIENCE = { timeout: 60_000, interval: 50 };

/** A host under examination, and what the behaviours make on it. */
export class Subject {
  readonly connection: LibvirtConnection;

  constructor(connection: LibvirtConnection) {
    this.connection = connection;
  }

  name(): string {
    return `${PREFIX}${randomBytes(4).toString('hex')}`;
  }

  /** The smallest domain there is: TCG, 64 MiB, no disk. `devices` is the inside of `<devices>`. */
  xml(name: string, options: { devices?: string; uuid?: string; more?: string } = {}): string {
    const uuid = options.uuid === undefined ? '' : `<uuid>${options.uuid}</uuid>`;
    const devices = options.devices === undefined ? '' : `<devices>${options.devices}</devices>`;
    return `<domain type='qemu'><name>${name}</name>${uuid}<memory unit='MiB'>64</memory>${options.more ?? ''}<os><type arch='x86_64' machine='pc'>hvm</type></os>${devices}</domain>`;
  }

  async define(options: { devices?: string; more?: string } = {}): Promise<DomainRef> {
    return await this.connection.domains.define(this.xml(this.name(), options));
  }

  async pool(): Promise<StoragePoolRef> {
    return await this.connection.storage.lookupPoolByName('default');
  }

  async volume(
    options: { format?: string; capacityBytes?: number; name?: string } = {},
  ): Promise<StorageVolumeRef> {
    const xml = volumeXml({
      name: options.name ?? this.name(),
      format: options.format ?? 'raw',
      capacityBytes: options.capacityBytes ?? 1_048_576,
    });
    return await this.connection.storage.createVolume(await this.pool(), xml);
  }

  /** Removes everything this examination has made. */
  async clean(): Promise<void> {
    const { domains, storage, networks } = this.connection;
    for (const domain of await domains.listAll()) {
      if (!domain.name.startsWith(PREFIX)) continue;
      if (await domains.isActive(domain)) await domains.destroy(domain);
      await domains
        .undefine(domain, undefineFlags.managedSave | undefineFlags.snapshotsMetadata)
        .catch(ifGone);
    }
    const pool = await this.pool();
    await storage.refreshPool(pool);
    for (const volume of await storage.listVolumes(pool))
      if (volume.name.startsWith(PREFIX)) await storage.deleteVolume(volume);
    for (const network of await networks.listAll()) {
      if (!network.name.startsWith(PREFIX)) continue;
      if (await networks.isActive(network)) await networks.destroy(network);
      await networks.undefine(network).catch(ifGone);
    }
  }

  async listed(flag: keyof typeof domainListFlags): Promise<string[]> {
    return (await this.connection.domains.listAll(domainListFlags[flag])).map((one) => one.name);
  }
}

function ifGone(error: unknown): void {
  if (!(error instanceof LibvirtError)) throw error;
}

export function volumeXml(options: {
  name: string;
  format: string;
  capacityBytes: number;
  backing?: string;
}): string {
  const backing =
    options.backing === undefined
      ? ''
      : `<backingStore><path>${options.backing}</path><format type='qcow2'/></backingStore>`;
  return `<volume><name>${options.name}</name><capacity unit='bytes'>${options.capacityBytes}</capacity><allocation>0</allocation><target><format type='${options.format}'/>${options.format === 'qcow2' ? '<compat>1.1</compat>' : ''}</target>${backing}</volume>`;
}

/** The host's refusal, by the names of its number and of the part that spoke. */
export async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => new Error('it was not refused'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof LibvirtError)) throw error;
  return `${error.codeName} ${error.domainName}`;
}

/** What is between this opening and closing tag, or undefined. */
export function within(xml: string, tag: string): string | undefined {
  return new RegExp(`<${tag}(?:\\s[^>]*)?>([^]*?)</${tag}>`).exec(xml)?.[1];
}

/** Lines of an XML text without their indent, numbers that differ from host to host taken out. */
export function lines(xml: string): string[] {
  return xml
    .replaceAll(/<uuid>.*<\/uuid>/g, '<uuid/>')
    .replaceAll(/machine='pc-(i440fx|q35)-[\d.]+'/g, "machine='pc-$1'")
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}

export function expectLines(xml: string, expected: readonly string[]): void {
  const found = lines(xml);
  expect(expected.filter((line) => !found.includes(line))).toEqual([]);
}
