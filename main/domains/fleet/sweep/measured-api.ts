import { LibvirtApi } from '../../../platform/libvirt/libvirt-api.ts';
import { protocolName } from '../../../platform/libvirt/procedure.ts';
import type { ProcedureArgs, ProcedureResult } from '../../../platform/libvirt/procedure.ts';
import type { ProcedureName, Procedures } from '../../../platform/libvirt/procedures.ts';
import type {
  CallOptions,
  LibvirtCaller,
  OpenedStream,
  StreamProcedureName,
} from '../../../platform/libvirt/rpc-channel.ts';

/** Calls of one look at a host, with the time each took: answers the question why a host is slow. */
export class MeasuredApi extends LibvirtApi {
  readonly #caller: LibvirtCaller;
  readonly #running = new Map<symbol, { name: string; atMs: number }>();
  #slowest = { name: '', ms: 0 };

  constructor(caller: LibvirtCaller) {
    super();
    this.#caller = caller;
  }

  /** The call that took longest, by libvirt's name; one still under way counts with the time it has taken so far. */
  get slowest(): { readonly name: string; readonly ms: number } {
    const now = performance.now();
    const all = [...this.#running.values()].map(({ name, atMs }) => ({ name, ms: Math.round(now - atMs) }));
    return [...all, this.#slowest].reduce((worst, one) => (one.ms > worst.ms ? one : worst));
  }

  override async call<N extends ProcedureName>(
    name: N,
    args: ProcedureArgs<Procedures[N]>,
    options?: CallOptions,
  ): Promise<ProcedureResult<Procedures[N]>> {
    const key = Symbol(name);
    const atMs = performance.now();
    this.#running.set(key, { name: protocolName(name), atMs });
    try {
      return await this.#caller.call(name, args, options);
    } finally {
      this.#running.delete(key);
      const ms = Math.round(performance.now() - atMs);
      if (ms > this.#slowest.ms) this.#slowest = { name: protocolName(name), ms };
    }
  }

  override async openStream<N extends StreamProcedureName>(
    name: N,
    args: ProcedureArgs<Procedures[N]>,
    options?: CallOptions,
  ): Promise<OpenedStream<N>> {
    return await this.#caller.openStream(name, args, options);
  }
}
