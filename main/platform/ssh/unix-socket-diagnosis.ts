import type { ExecResult } from './ssh-exec.ts';

/** A word in single quotes for the shells people log in with (sh, bash, zsh, fish, csh). */
export function shellQuote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * sshd gives one and the same answer when a socket is missing, may not be opened, has no listener, or is not forwarded ("open failed").
 * This asks the host which it is; /proc/net/unix flags a listening socket with 00010000 (SO_ACCEPTCON) for everybody to read.
 */
const script = `p=$1; d=$(dirname "$p"); b=$(basename "$p")
if [ -d "$d" ] && [ ! -x "$d" ]; then echo "denied $(stat -c %G "$d" 2>/dev/null)"; exit; fi
if [ ! -S "$p" ]; then echo missing; exit; fi
if [ ! -w "$p" ] || [ ! -r "$p" ]; then echo "denied $(stat -c %G "$p" 2>/dev/null)"; exit; fi
if [ -r /proc/net/unix ] && ! grep -q " 00010000 .*/$b\\$" /proc/net/unix; then echo idle; exit; fi
for h in virt-ssh-helper nc socat; do command -v $h >/dev/null 2>&1 && echo "helper $h"; done
nc -h 2>&1 | grep -q -- "-[a-zA-Z]*U" && echo "helper nc-unix"
echo listening`;

export const diagnosisCommand = (path: string) => `sh -c ${shellQuote(script)} sh ${shellQuote(path)}`;

export type SocketDiagnosis =
  | { state: 'missing' }
  | { state: 'denied'; group: string | undefined }
  | { state: 'idle' }
  | { state: 'listening'; helper: string | undefined }
  | { state: 'unknown' };

/** Reads what the script said. A host without a shell, or with a menu for one, says nothing that can be read. */
export function readDiagnosis({ stdout }: ExecResult, path: string): SocketDiagnosis {
  const lines = stdout.split('\n').map((line) => line.trim());
  const denied = lines.map((line) => /^denied ?(\S*)$/.exec(line)).find(Boolean);
  if (denied) return { state: 'denied', group: denied[1] || undefined };
  if (lines.includes('missing')) return { state: 'missing' };
  if (lines.includes('idle')) return { state: 'idle' };
  return lines.includes('listening')
    ? { state: 'listening', helper: helperCommand(lines, path) }
    : { state: 'unknown' };
}

/** What a helper's own words on its standard error mean: the reasons of connect(2) that each of the three prints. */
export function helperFailure(
  said: string,
): 'socket-refused' | 'socket-missing' | 'socket-permission-denied' | undefined {
  if (/Connection refused/i.test(said)) return 'socket-refused';
  if (/No such file or directory/i.test(said)) return 'socket-missing';
  return /Permission denied/i.test(said) ? 'socket-permission-denied' : undefined;
}

/** libvirt's own helper knows libvirt's two sockets by mode and takes no path; nc and socat take any. */
function helperCommand(lines: string[], path: string): string | undefined {
  const mode = path.endsWith('/libvirt-sock')
    ? 'legacy'
    : path.endsWith('/virtqemud-sock')
      ? 'direct'
      : undefined;
  if (mode && lines.includes('helper virt-ssh-helper'))
    return `virt-ssh-helper ${shellQuote(`qemu:///system?mode=${mode}`)}`;
  if (lines.includes('helper nc-unix')) return `nc -U ${shellQuote(path)}`;
  if (lines.includes('helper socat')) return `socat - ${shellQuote(`UNIX-CONNECT:${path}`)}`;
  return undefined;
}
