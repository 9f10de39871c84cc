import { blockCommitFlags, blockJobAbortFlags, blockPullFlags } from './flags.ts';
import { blockJobTypeName } from './enum-names.ts';
import type { CallOptions, LibvirtCaller } from './rpc-channel.ts';
import type { DomainRef } from './xdr-objects.ts';
import { typed } from './xdr-typed-parameters.ts';
import type { TypedParameter } from './xdr-typed-parameters.ts';

export type BlockJob = {
  readonly type: number;
  readonly typeName: string;
  readonly bandwidthBytesPerSecond: number;
  /** `current` of `end`, in bytes for a copy; a job that reached its end may still wait for a pivot. */
  readonly current: number;
  readonly end: number;
};

export type BlockTuning = { readonly bandwidthBytesPerSecond?: number; readonly flags?: number };

const bandwidthInBytes = 1 << 0;

/** Work on the disks of a running domain: commit, pull, copy. All of it goes on by itself; events and `info` say how far. */
export class BlockJobCalls {
  readonly #caller: LibvirtCaller;

  constructor(caller: LibvirtCaller) {
    this.#caller = caller;
  }

  /** The job on this disk, or null when there is none. */
  async info(dom: DomainRef, disk: string, options?: CallOptions): Promise<BlockJob | null> {
    const job = await this.#caller.call(
      'domainGetBlockJobInfo',
      { dom, path: disk, flags: bandwidthInBytes },
      options,
    );
    if (job.found === 0) return null;
    return {
      type: job.type,
      typeName: blockJobTypeName(job.type),
      bandwidthBytesPerSecond: job.bandwidth,
      current: job.cur,
      end: job.end,
    };
  }

  async abort(dom: DomainRef, disk: string, flags = 0, options?: CallOptions): Promise<void> {
    await this.#caller.call('domainBlockJobAbort', { dom, path: disk, flags }, options);
  }

  /** Ends a copy or an active commit that is ready by switching the domain over to it. */
  async pivot(dom: DomainRef, disk: string, options?: CallOptions): Promise<void> {
    await this.abort(dom, disk, blockJobAbortFlags.pivot, options);
  }

  async setBandwidth(
    dom: DomainRef,
    disk: string,
    bytesPerSecond: number,
    options?: CallOptions,
  ): Promise<void> {
    await this.#caller.call(
      'domainBlockJobSetSpeed',
      { dom, path: disk, bandwidth: bytesPerSecond, flags: bandwidthInBytes },
      options,
    );
  }

  /** Makes a disk independent of what it overlays. */
  async pull(dom: DomainRef, disk: string, tuning: BlockTuning = {}, options?: CallOptions): Promise<void> {
    const flags = (tuning.flags ?? 0) | blockPullFlags.bandwidthBytes;
    await this.#caller.call(
      'domainBlockPull',
      { dom, path: disk, bandwidth: tuning.bandwidthBytesPerSecond ?? 0, flags },
      options,
    );
  }

  /**
   * Merges overlays down, from `top` into `base`. Say `base` or the shallow flag: without either it commits through to the
   * lowest image, a shared template included. `flags` of `blockCommitFlags`.
   */
  async commit(
    dom: DomainRef,
    disk: string,
    range: BlockTuning & { readonly base?: string; readonly top?: string },
    options?: CallOptions,
  ): Promise<void> {
    const flags = (range.flags ?? 0) | blockCommitFlags.bandwidthBytes;
    const bandwidth = range.bandwidthBytesPerSecond ?? 0;
    const args = { dom, disk, base: range.base ?? null, top: range.top ?? null, bandwidth, flags };
    await this.#caller.call('domainBlockCommit', args, options);
  }

  /** Copies a disk to what `destinationXml` describes, and keeps it in step until pivot or abort. `flags` of `blockCopyFlags`. */
  async copy(
    dom: DomainRef,
    disk: string,
    destinationXml: string,
    tuning: BlockTuning = {},
    options?: CallOptions,
  ): Promise<void> {
    const bandwidth = tuning.bandwidthBytesPerSecond;
    const params: TypedParameter[] =
      bandwidth === undefined ? [] : [{ field: 'bandwidth', ...typed.ullong(bandwidth) }];
    await this.#caller.call(
      'domainBlockCopy',
      { dom, path: disk, destxml: destinationXml, params, flags: tuning.flags ?? 0 },
      options,
    );
  }
}
