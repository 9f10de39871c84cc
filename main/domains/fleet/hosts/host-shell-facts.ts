import type { SharedMount } from './storage-sharing.ts';

/** Runs one command on the host and gives its standard output; null where commands may not be run or it failed. */
export type RunOnHost = (command: string, signal: AbortSignal) => Promise<string | null>;

/** What libvirt does not tell and a shell does. */
export interface ShellFacts {
  /** New at every boot of the host. */
  readonly bootId: string;
  /** Host's clock less ours, in milliseconds; uncertain by half of how long the command took. */
  readonly clockOffsetMs: number | null;
  /** `AMD EPYC 7443P 24-Core Processor`, as the kernel calls it. */
  readonly cpuModel: string;
  readonly bridges: readonly { readonly name: string; readonly up: boolean }[];
  /** Bridged frames pass the host's firewall, and what it does not know it drops. */
  readonly bridgeTrafficDropped: boolean;
  /** When QEMU was started, by domain name: host's clock, epoch milliseconds. */
  readonly startedAtMs: ReadonlyMap<string, number>;
  /** File systems of the network and of clusters: other hosts may have the same. */
  readonly mounts: readonly SharedMount[];
  /** There is a certificate where libvirt has QEMU look for that of moves. */
  readonly movesTls: boolean;
}

/** One round trip; POSIX sh, nothing is changed. */
const QUESTION = `
echo "boot $(cat /proc/sys/kernel/random/boot_id)"
echo "clock $(date +%s.%N)"
echo "cpu $(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)"
for b in /sys/class/net/*/bridge; do [ -d "$b" ] && d="\${b%/bridge}" && echo "bridge \${d##*/} $(cat "$d/operstate")"; done
[ "$(cat /proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null)" = 1 ] && echo "forward $(iptables -S FORWARD 2>/dev/null | head -n 1)"
for p in /run/libvirt/qemu/*.pid; do [ -f "$p" ] && n="\${p##*/}" && echo "started $(stat -c %Y "$p") \${n%.pid}"; done
c=/etc/libvirt/qemu.conf; m=$(sed -n 's/^ *migrate_tls_x509_cert_dir *= *"\\(.*\\)".*/\\1/p' $c 2>/dev/null); d=$(sed -n 's/^ *default_tls_x509_cert_dir *= *"\\(.*\\)".*/\\1/p' $c 2>/dev/null); [ -n "$m" ] || { [ -d /etc/pki/libvirt-migrate ] && m=/etc/pki/libvirt-migrate || m=\${d:-/etc/pki/qemu}; }; [ -f "$m/server-cert.pem" ] && [ -f "$m/ca-cert.pem" ] && echo "movestls"
while read -r d p t o; do case $t in nfs|nfs4|cifs|smb3|ceph|lustre|beegfs|ocfs2|gfs2|fuse.glusterfs|fuse.ceph|fuse.vstorage|fuse.moosefs|fuse.mfs) printf '%s\\n' "mount $d $p";; esac; done < /proc/mounts
true`;

export async function readShellFacts(run: RunOnHost, signal: AbortSignal): Promise<ShellFacts | null> {
  const askedAtMs = Date.now();
  const answer = await run(QUESTION, signal);
  return answer === null ? null : parseShellFacts(answer, { askedAtMs, answeredAtMs: Date.now() });
}

/** Null for an answer that is not one (a menu, a forced command). */
export function parseShellFacts(
  answer: string,
  asked: { askedAtMs: number; answeredAtMs: number },
): ShellFacts | null {
  const lines = answer.split('\n').map((line) => line.trim().split(/\s+/));
  const first = (word: string): string[] => lines.find((line) => line[0] === word)?.slice(1) ?? [];
  const bootId = first('boot')[0] ?? '';
  if (!/^[0-9a-f-]{36}$/.test(bootId)) return null;
  const started = lines.filter((line) => line[0] === 'started');
  return {
    bootId,
    clockOffsetMs: clockOffset(first('clock')[0], asked),
    cpuModel: first('cpu').join(' '),
    bridges: lines
      .filter((line) => line[0] === 'bridge' && line[1] !== undefined)
      .map((line) => ({ name: line[1] ?? '', up: line[2] !== 'down' })),
    bridgeTrafficDropped: first('forward').includes('DROP'),
    startedAtMs: new Map(started.map((line) => [line.slice(2).join(' '), Number(line[1]) * 1000])),
    movesTls: lines.some((line) => line[0] === 'movestls'),
    mounts: lines
      .filter((line) => line[0] === 'mount')
      .map(([, source = '', path = '']) => ({ source: unescaped(source), path: unescaped(path) })),
  };
}

/** The kernel writes what would end a word as octal digits: `\\040` is a blank. */
function unescaped(word: string): string {
  return word.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCodePoint(Number.parseInt(digits, 8)),
  );
}

function clockOffset(
  words: string | undefined,
  asked: { askedAtMs: number; answeredAtMs: number },
): number | null {
  const told = /^(\d+)(\.\d+)?/.exec(words ?? '');
  if (told === null) return null;
  const hostMs = Number(told[0]) * 1000;
  // busybox's date knows no %N and leaves whole seconds: half a second off on average.
  const rounding = told[2] === undefined ? 500 : 0;
  const offset = hostMs + rounding - (asked.askedAtMs + asked.answeredAtMs) / 2;
  const uncertain = (asked.answeredAtMs - asked.askedAtMs) / 2 + rounding;
  return Math.abs(offset) <= uncertain ? 0 : Math.round(offset);
}
