import { BlockJobCalls } from './block-job-calls.ts';
import { DomainCalls } from './domain-calls.ts';
import { GuestCalls } from './guest-calls.ts';
import { HostCalls } from './host-calls.ts';
import { JobCalls } from './job-calls.ts';
import { NetworkCalls, NwfilterCalls } from './network-calls.ts';
import type { ProcedureArgs, ProcedureResult } from './procedure.ts';
import type { ProcedureName, Procedures } from './procedures.ts';
import type { CallOptions, LibvirtCaller, OpenedStream, StreamProcedureName } from './rpc-channel.ts';
import { BackupCalls, CheckpointCalls, SnapshotCalls } from './snapshot-calls.ts';
import { StorageCalls } from './storage-calls.ts';

/**
 * The typed methods, grouped by what they are about, over anything that carries calls. Every method takes last
 * `{ signal, deadlineMs }` and fails with LibvirtError (the host said no), LibvirtTimeout, LibvirtConnectionLost or
 * LibvirtProtocolError.
 */
export abstract class LibvirtApi implements LibvirtCaller {
  readonly host = new HostCalls(this);
  readonly domains = new DomainCalls(this);
  readonly guest = new GuestCalls(this);
  readonly storage = new StorageCalls(this);
  readonly networks = new NetworkCalls(this);
  readonly nwfilters = new NwfilterCalls(this);
  readonly snapshots = new SnapshotCalls(this);
  readonly checkpoints = new CheckpointCalls(this);
  readonly backups = new BackupCalls(this);
  readonly jobs = new JobCalls(this);
  readonly blockJobs = new BlockJobCalls(this);

  abstract call<N extends ProcedureName>(
    name: N,
    args: ProcedureArgs<Procedures[N]>,
    options?: CallOptions,
  ): Promise<ProcedureResult<Procedures[N]>>;

  abstract openStream<N extends StreamProcedureName>(
    name: N,
    args: ProcedureArgs<Procedures[N]>,
    options?: CallOptions,
  ): Promise<OpenedStream<N>>;
}
