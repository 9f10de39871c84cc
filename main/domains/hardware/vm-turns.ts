/**
 * One change of a VM at a time, first come, first served: libvirt replaces a definition whole, so two changes that read it at once would
 * lose one of the two. Between engines, and with virsh, `redefine` looks once more before it writes.
 */
export class VmTurns {
  readonly #last = new Map<string, Promise<unknown>>();

  async take<T>(uuid: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(uuid) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#last.set(uuid, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(uuid) === mine) this.#last.delete(uuid);
    }
  }
}
