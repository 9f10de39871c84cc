import { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import type { ProcedureArgs, ProcedureResult } from '../../platform/libvirt/procedure.ts';
import { everyProcedure } from '../../platform/libvirt/procedures.ts';
import type { ProcedureName, Procedures } from '../../platform/libvirt/procedures.ts';
import type {
  CallOptions,
  LibvirtCaller,
  OpenedStream,
  StreamProcedureName,
} from '../../platform/libvirt/rpc-channel.ts';

/** For tests: notes which procedures were asked. */
export class RecordingApi extends LibvirtApi {
  readonly #caller: LibvirtCaller;
  readonly #asked: Set<ProcedureName>;

  constructor(caller: LibvirtCaller, asked: Set<ProcedureName>) {
    super();
    this.#caller = caller;
    this.#asked = asked;
  }

  override async call<N extends ProcedureName>(
    name: N,
    args: ProcedureArgs<Procedures[N]>,
    options?: CallOptions,
  ): Promise<ProcedureResult<Procedures[N]>> {
    this.#asked.add(name);
    return await this.#caller.call(name, args, options);
  }

  override async openStream<N extends StreamProcedureName>(
    name: N,
    args: ProcedureArgs<Procedures[N]>,
    options?: CallOptions,
  ): Promise<OpenedStream<N>> {
    this.#asked.add(name);
    return await this.#caller.openStream(name, args, options);
  }
}

/** Reads that virsh has no command for, so that there is nothing to hold them to. */
const withoutCommand: readonly ProcedureName[] = [
  'connectIsSecure',
  'connectSupportsFeature',
  'domainIsUpdated',
  'storagePoolLookupByTargetPath',
];

/** Every procedure that only tells, but for those virsh cannot be asked. */
export function readProcedures(): ProcedureName[] {
  const tells =
    /Get[A-Z]|Lookup|List|Is[A-Z]|Has[A-Z]|NumOf|SnapshotNum|SnapshotCurrent|SupportsFeature|FindStorage/;
  return everyProcedure()
    .map(({ name }) => name)
    .filter((name) => tells.test(name) && !/authList/.test(name) && !withoutCommand.includes(name));
}
