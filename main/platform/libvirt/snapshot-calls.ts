import type { CallOptions, LibvirtCaller } from './rpc-channel.ts';
import type { CheckpointRef, DomainRef, SnapshotRef } from './xdr-objects.ts';

/** Snapshots: states to go back to. */
export class SnapshotCalls {
  readonly #caller: LibvirtCaller;

  constructor(caller: LibvirtCaller) {
    this.#caller = caller;
  }

  async listAll(dom: DomainRef, flags = 0, options?: CallOptions): Promise<SnapshotRef[]> {
    return (await this.#caller.call('domainListAllSnapshots', { dom, needResults: 1, flags }, options))
      .snapshots;
  }

  /** `flags` of `snapshotCreateFlags`. */
  async create(dom: DomainRef, xml: string, flags = 0, options?: CallOptions): Promise<SnapshotRef> {
    return (await this.#caller.call('domainSnapshotCreateXml', { dom, xmlDesc: xml, flags }, options)).snap;
  }

  async lookupByName(dom: DomainRef, name: string, options?: CallOptions): Promise<SnapshotRef> {
    return (await this.#caller.call('domainSnapshotLookupByName', { dom, name, flags: 0 }, options)).snap;
  }

  /** The snapshot the domain is on, or null. */
  async current(dom: DomainRef, options?: CallOptions): Promise<SnapshotRef | null> {
    const { result } = await this.#caller.call('domainHasCurrentSnapshot', { dom, flags: 0 }, options);
    return result === 0
      ? null
      : (await this.#caller.call('domainSnapshotCurrent', { dom, flags: 0 }, options)).snap;
  }

  async xml(snap: SnapshotRef, flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#caller.call('domainSnapshotGetXmlDesc', { snap, flags }, options)).xml;
  }

  async parent(snap: SnapshotRef, options?: CallOptions): Promise<SnapshotRef> {
    return (await this.#caller.call('domainSnapshotGetParent', { snap, flags: 0 }, options)).snap;
  }

  /** `flags` of `snapshotRevertFlags`. */
  async revert(snap: SnapshotRef, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainRevertToSnapshot', { snap, flags }, options);
  }

  /** `flags` of `snapshotDeleteFlags`. */
  async delete(snap: SnapshotRef, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainSnapshotDelete', { snap, flags }, options);
  }
}

/** Checkpoints: points in time that later backups count from. */
export class CheckpointCalls {
  readonly #caller: LibvirtCaller;

  constructor(caller: LibvirtCaller) {
    this.#caller = caller;
  }

  async listAll(dom: DomainRef, flags = 0, options?: CallOptions): Promise<CheckpointRef[]> {
    return (await this.#caller.call('domainListAllCheckpoints', { dom, needResults: 1, flags }, options))
      .checkpoints;
  }

  /** `flags` of `checkpointCreateFlags`. */
  async create(dom: DomainRef, xml: string, flags = 0, options?: CallOptions): Promise<CheckpointRef> {
    return (await this.#caller.call('domainCheckpointCreateXml', { dom, xmlDesc: xml, flags }, options))
      .checkpoint;
  }

  async lookupByName(dom: DomainRef, name: string, options?: CallOptions): Promise<CheckpointRef> {
    return (await this.#caller.call('domainCheckpointLookupByName', { dom, name, flags: 0 }, options))
      .checkpoint;
  }

  /** `flags` of `checkpointXmlFlags`. */
  async xml(checkpoint: CheckpointRef, flags = 0, options?: CallOptions): Promise<string> {
    return (await this.#caller.call('domainCheckpointGetXmlDesc', { checkpoint, flags }, options)).xml;
  }

  async parent(checkpoint: CheckpointRef, options?: CallOptions): Promise<CheckpointRef> {
    return (await this.#caller.call('domainCheckpointGetParent', { checkpoint, flags: 0 }, options)).parent;
  }

  async delete(checkpoint: CheckpointRef, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainCheckpointDelete', { checkpoint, flags }, options);
  }
}

/** Backups of running domains: begun here, watched as a job, ended by its event or an abort. */
export class BackupCalls {
  readonly #caller: LibvirtCaller;

  constructor(caller: LibvirtCaller) {
    this.#caller = caller;
  }

  /** With `checkpointXml`, a checkpoint is made at the same instant: the next backup can be incremental from it. */
  async begin(
    dom: DomainRef,
    xml: { readonly backupXml: string; readonly checkpointXml?: string; readonly flags?: number },
    options?: CallOptions,
  ): Promise<void> {
    const args = {
      dom,
      backupXml: xml.backupXml,
      checkpointXml: xml.checkpointXml ?? null,
      flags: xml.flags ?? 0,
    };
    await this.#caller.call('domainBackupBegin', args, options);
  }

  /** The running backup, ports and indexes filled in. */
  async xml(dom: DomainRef, options?: CallOptions): Promise<string> {
    return (await this.#caller.call('domainBackupGetXmlDesc', { dom, flags: 0 }, options)).xml;
  }
}
