/**
 * One change of a VM at a time, first come, first served: libvirt replaces a definition whole, so two changes that read it at once would
 * lose one of the two. Between engines, and with virsh, `redefine` looks once more before it writes.
 */
export class VmTurns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** `of`: a VM's UUID, or what several VMs share; whoever takes two turns takes that of the VM first. */
  async take<T>(of: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(of) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#last.set(of, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(of) === mine) this.#last.delete(of);
    }
  }
}

/** For changes that decide by who has a volume: they take turns over all VMs of its host. */
export function volumeTurn(hostId: string, at: { readonly pool: string; readonly volume: string }): string {
  return `${hostId} ${at.pool}/${at.volume}`;
}
