import { setImmediate as turn } from 'node:timers/promises';
import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import { vmStatesOnHost, type VmOnHostNow } from '../fleet/fleet-public.ts';

interface Vm {
  readonly uuid: string;
  readonly name: string;
}

/** Looks at VMs of one host: all who ask while the last look is under way share the next one, which is one call. */
export class HostLook {
  #asked: Vm[] = [];
  #next: Promise<Map<string, VmOnHostNow>> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  async look(api: LibvirtApi, vm: Vm, signal: AbortSignal): Promise<VmOnHostNow | undefined> {
    this.#asked.push(vm);
    this.#next ??= this.#ask(api, signal);
    return (await this.#next).get(vm.uuid);
  }

  async #ask(api: LibvirtApi, signal: AbortSignal): Promise<Map<string, VmOnHostNow>> {
    await this.#last;
    await turn();
    const vms = this.#asked;
    this.#asked = [];
    this.#next = undefined;
    const told = vmStatesOnHost(api, vms, signal);
    this.#last = told.catch(() => undefined);
    return await told;
  }
}
