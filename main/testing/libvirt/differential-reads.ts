import { isDeepStrictEqual } from 'node:util';
import { deviceReads } from './differential-device.ts';
import { domainReads } from './differential-domain.ts';
import { hostReads } from './differential-host.ts';
import { networkReads, nwfilterReads, poolReads } from './differential-storage.ts';
import type { LibvirtApi } from '../../platform/libvirt/libvirt-api.ts';
import { LibvirtError } from '../../platform/libvirt/libvirt-errors.ts';
import { lines } from './virsh-output.ts';
import type { Read } from './virsh-output.ts';

/** For tests: the same question to this client and to virsh, for everything this client can read. */
export type Comparison = {
  readonly read: string;
  readonly ours: unknown;
  readonly virsh: unknown;
  readonly agrees: boolean;
};

/** Runs virsh with arguments on the same daemon. */
export type RunVirsh = (
  args: readonly string[],
) => Promise<{ readonly stdout: string; readonly stderr: string; readonly exitCode: number }>;

/** Numbers may move while one asks: ours has to lie between what virsh said before and after. Everything else equals one of them. */
function between(before: unknown, ours: unknown, after: unknown): boolean {
  if (isDeepStrictEqual(ours, before) || isDeepStrictEqual(ours, after)) return true;
  if (typeof ours === 'number' && typeof before === 'number' && typeof after === 'number') {
    return Math.min(before, after) <= ours && ours <= Math.max(before, after);
  }
  if (ours === null || before === null || after === null) return false;
  if (typeof ours !== 'object' || typeof before !== 'object' || typeof after !== 'object') return false;
  const keys = Object.keys(ours);
  if (!isDeepStrictEqual(keys.toSorted(), Object.keys(before).toSorted())) return false;
  const at = (value: object, key: string) => (value as Record<string, unknown>)[key];
  return keys.every((key) => between(at(before, key), at(ours, key), at(after, key)));
}

/** virsh falls back to older calls, so the name of the missing one differs. */
const unsupported = (message: string | undefined) =>
  message?.replace(/(not supported by the connection driver): vir\w+$/, '$1');

/** Free memory goes up and down between two questions; an answer read wrong never fits, however often one asks. */
const ROUNDS = 20;

async function compare(read: Read, virsh: RunVirsh): Promise<Comparison> {
  const ask = async () => {
    const { stdout, stderr, exitCode } = await virsh(read.virsh);
    return exitCode === 0
      ? read.parse(stdout)
      : {
          error: unsupported(
            lines(stderr)
              .at(-1)
              ?.replace(/^error: /, ''),
          ),
        };
  };
  let said = await ask();
  for (let round = 1; ; round += 1) {
    const before = said;
    const ours: unknown = await read.ours().catch((error: unknown) => ({
      error: unsupported(error instanceof LibvirtError ? error.message : String(error)),
    }));
    if (isDeepStrictEqual(ours, before)) return { read: read.read, ours, virsh: said, agrees: true };
    said = await ask();
    const agrees = between(before, ours, said);
    if (agrees || round === ROUNDS) return { read: read.read, ours, virsh: said, agrees };
  }
}

/** Asks everything here and there, and again where that differs, for numbers move. `agrees` is false where the answers differ; refusals have to agree to the letter. */
export async function differentialReads(api: LibvirtApi, virsh: RunVirsh): Promise<Comparison[]> {
  const reads = hostReads(api);
  for (const dom of await api.domains.listAll())
    reads.push(...domainReads(api, dom), ...(await deviceReads(api, dom)));
  for (const pool of await api.storage.listPools()) reads.push(...(await poolReads(api, pool)));
  for (const net of await api.networks.listAll()) reads.push(...networkReads(api, net));
  for (const filter of await api.nwfilters.listAll().catch(() => []))
    reads.push(...nwfilterReads(api, filter));
  const comparisons: Comparison[] = [];
  for (const read of reads) comparisons.push(await compare(read, virsh));
  return comparisons;
}
