import type { LibvirtApi } from '../../../platform/libvirt/libvirt-api.ts';
import { readHostFacts, type HostFactsRead } from './host-facts.ts';
import type { HostLink } from '../sweep/host-link.ts';

/** Everything about a host, with what only a shell tells where commands may be run. */
export async function readFactsOf(
  link: { session: LibvirtApi; ssh: HostLink['ssh'] },
  signal: AbortSignal,
): Promise<HostFactsRead> {
  const run = async (command: string, abort: AbortSignal): Promise<string | null> => {
    try {
      const connection = await link.ssh(abort);
      const { code, stdout } = await connection.exec(command, { timeoutMs: 10_000, signal: abort });
      return code === 0 ? stdout : null;
    } catch {
      // Whatever is wrong with commands there (none allowed, no shell) is no reason not to manage the VMs.
      abort.throwIfAborted();
      return null;
    }
  };
  return await readHostFacts(link.session, run, signal);
}
