import { migrateFlags } from './flags.ts';
import { jobTypeName } from './enum-names.ts';
import type { CallOptions, LibvirtCaller } from './rpc-channel.ts';
import type { DomainRef } from './xdr-objects.ts';
import { typed } from './xdr-typed-parameters.ts';
import type { TypedParameter, TypedParameterRecord, TypedValue } from './xdr-typed-parameters.ts';

export type DomainJob = {
  readonly type: number;
  readonly typeName: string;
  readonly stats: TypedParameterRecord;
};

/** How to move a running domain. */
export type MigrationShape = {
  /** Of `migrateFlags`; live is added, and peer2peer where the source drives. */
  readonly flags?: number;
  /** Where QEMU sends memory: `tcp://10.0.0.2`. Absent: what the target says of itself. */
  readonly dataUri?: string;
  readonly disksUri?: string;
  readonly listenAddress?: string;
  readonly newName?: string;
  /** The domain's XML at the target, when paths or networks differ there. */
  readonly targetXml?: string;
  readonly persistentXml?: string;
  /** Which disks to copy (`vda`); absent with nonSharedDisk copies all that are writable. */
  readonly disks?: readonly string[];
  readonly disksPort?: number;
  readonly bandwidthMibPerSecond?: number;
};

/** As above, when the source host drives it and dials the target itself. */
export type MigrationOrder = MigrationShape & {
  /** How the source reaches the target's daemon, seen from the source: `qemu+ssh://root@host/system`, `qemu+tcp://…`. */
  readonly targetUri: string;
};

/** A phase of a migration that we drive, and the cookie of the phase before it. */
export type MigrationPhase = MigrationShape & { readonly cookie?: Buffer };

function migrationParameters(order: MigrationShape): TypedParameter[] {
  const parameters: TypedParameter[] = [];
  const add = (field: string, value: TypedValue | undefined) => {
    if (value !== undefined) parameters.push({ field, ...value });
  };
  const text = (value: string | undefined) => (value === undefined ? undefined : typed.string(value));
  add('migrate_uri', text(order.dataUri));
  add('disks_uri', text(order.disksUri));
  add('listen_address', text(order.listenAddress));
  add('destination_name', text(order.newName));
  add('destination_xml', text(order.targetXml));
  add('persistent_xml', text(order.persistentXml));
  if (order.disksPort !== undefined) add('disks_port', typed.int(order.disksPort));
  if (order.bandwidthMibPerSecond !== undefined) add('bandwidth', typed.ullong(order.bandwidthMibPerSecond));
  for (const disk of order.disks ?? []) add('migrate_disks', typed.string(disk));
  return parameters;
}

function drivenFlags(shape: MigrationShape): number {
  return (shape.flags ?? 0) | migrateFlags.live;
}

function phaseArgs(phase: MigrationPhase) {
  return {
    params: migrationParameters(phase),
    cookieIn: phase.cookie ?? Buffer.alloc(0),
    flags: drivenFlags(phase),
  };
}

/** Long work on a whole domain (migration, save, backup): how far it is, how to stop it, how to move a domain. */
export class JobCalls {
  readonly #caller: LibvirtCaller;

  constructor(caller: LibvirtCaller) {
    this.#caller = caller;
  }

  async info(dom: DomainRef, options?: CallOptions) {
    return this.#caller.call('domainGetJobInfo', { dom }, options);
  }

  /** Statistics of the running job, or with `jobStatsFlags.completed` of the last one. */
  async stats(dom: DomainRef, flags = 0, options?: CallOptions): Promise<DomainJob> {
    const { type, params } = await this.#caller.call('domainGetJobStats', { dom, flags }, options);
    return { type, typeName: jobTypeName(type), stats: params };
  }

  async abort(dom: DomainRef, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainAbortJob', { dom }, options);
  }

  /**
   * Moves a domain, answered when it runs at the target (`domainMigratePerform3Params`, peer to peer). No deadline: watch it with
   * `stats`, stop it with `abort`.
   */
  async migrate(dom: DomainRef, order: MigrationOrder, options?: CallOptions): Promise<void> {
    const flags = (order.flags ?? 0) | migrateFlags.peer2peer | migrateFlags.live;
    const args = {
      dom,
      dconnuri: order.targetUri,
      params: migrationParameters(order),
      cookieIn: Buffer.alloc(0),
      flags,
    };
    await this.#caller.call('domainMigratePerform3Params', args, options);
  }

  /**
   * Migration driven by us (libvirt's protocol version 3, `virDomainMigrateVersion3Full`): begin at the source, prepare at the target,
   * perform at the source, finish at the target, confirm at the source. Each takes the cookie the phase before it gave. The target
   * kills what was prepared when the connection that prepared it ends before it was finished.
   */
  async begin(
    dom: DomainRef,
    phase: MigrationPhase,
    options?: CallOptions,
  ): Promise<{ cookie: Buffer; xml: string }> {
    const args = { dom, params: migrationParameters(phase), flags: drivenFlags(phase) };
    const { cookieOut, xml } = await this.#caller.call('domainMigrateBegin3Params', args, options);
    return { cookie: cookieOut, xml };
  }

  /** At the target. `targetXml` is what `begin` gave. Answers where it listens, to be given to `perform` as `dataUri`. */
  async prepare(phase: MigrationPhase, options?: CallOptions): Promise<{ cookie: Buffer; uri: string }> {
    const { cookieOut, uriOut } = await this.#caller.call(
      'domainMigratePrepare3Params',
      phaseArgs(phase),
      options,
    );
    return { cookie: cookieOut, uri: uriOut ?? phase.dataUri ?? '' };
  }

  /** At the source: answered when all is there and the guest stands still. No deadline. */
  async perform(dom: DomainRef, phase: MigrationPhase, options?: CallOptions): Promise<Buffer> {
    const args = { dom, dconnuri: null, ...phaseArgs(phase) };
    return (await this.#caller.call('domainMigratePerform3Params', args, options)).cookieOut;
  }

  /** At the target: lets the guest run there, or with `cancelled` throws away what came. */
  async finish(
    phase: MigrationPhase & { readonly newName: string },
    cancelled: boolean,
    options?: CallOptions,
  ): Promise<{ dom: DomainRef; cookie: Buffer }> {
    const args = { ...phaseArgs(phase), cancelled: cancelled ? 1 : 0 };
    const { dom, cookieOut } = await this.#caller.call('domainMigrateFinish3Params', args, options);
    return { dom, cookie: cookieOut };
  }

  /** At the source: lets go of the guest, or with `cancelled` lets it run on. */
  async confirm(
    dom: DomainRef,
    phase: MigrationPhase,
    cancelled: boolean,
    options?: CallOptions,
  ): Promise<void> {
    const args = { dom, ...phaseArgs(phase), cancelled: cancelled ? 1 : 0 };
    await this.#caller.call('domainMigrateConfirm3Params', args, options);
  }

  async setMaxDowntime(dom: DomainRef, downtimeMs: number, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainMigrateSetMaxDowntime', { dom, downtime: downtimeMs, flags: 0 }, options);
  }

  async setMaxSpeed(dom: DomainRef, mibPerSecond: number, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainMigrateSetMaxSpeed', { dom, bandwidth: mibPerSecond, flags: 0 }, options);
  }

  async maxSpeedMibPerSecond(dom: DomainRef, options?: CallOptions): Promise<number> {
    return (await this.#caller.call('domainMigrateGetMaxSpeed', { dom, flags: 0 }, options)).bandwidth;
  }

  /** Only during a migration begun with the postcopy flag. */
  async startPostcopy(dom: DomainRef, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainMigrateStartPostCopy', { dom, flags: 0 }, options);
  }
}
