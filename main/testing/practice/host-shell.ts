/** What the commands of a simulated host tell about it. */
export type HostShellFacts = {
  readonly hostname: string;
  /** What `date` says, with the host's own idea of the time. */
  readonly nowMs: number;
  readonly uptimeSeconds: number;
  /** `listening`, `idle` (nobody listens), `denied` or `missing`, by socket path. */
  readonly socketState: (path: string) => 'listening' | 'idle' | 'denied' | 'missing';
  readonly bridges: readonly string[];
  /** New at every boot of the host. */
  readonly bootId: string;
  /** As the kernel calls it. */
  readonly cpuModel: string;
  /** When the QEMU of each running VM was started, by the host's clock. */
  readonly startedAtMs: readonly (readonly [vm: string, atMs: number])[];
  /** What is mounted from the network. */
  readonly mounts: readonly { readonly source: string; readonly path: string }[];
  /** Has a certificate for encrypted moves. */
  readonly movesTls: boolean;
};

export type CommandAnswer = { readonly code: number; readonly stdout: string; readonly stderr: string };

const said = (stdout: string, code = 0): CommandAnswer => ({ code, stdout, stderr: '' });

const release = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
`;

type Rule = readonly [
  pattern: RegExp,
  answer: (facts: HostShellFacts, found: RegExpExecArray) => CommandAnswer,
];

/** The commands a simulated host understands. It has no shell: these are recognised, nothing is run. */
const rules: readonly Rule[] = [
  [/echo listening.*' sh '([^']+)'$/s, (facts, [, path = '']) => socketAnswer(facts.socketState(path))],
  [/\bauthorized_keys\b/, () => said('')],
  [/^date \+%s\.%N$/, ({ nowMs }) => said(`${(nowMs / 1_000).toFixed(9)}\n`)],
  [/^date \+%s%3N$/, ({ nowMs }) => said(`${Math.round(nowMs)}\n`)],
  [/^date \+%s%N$/, ({ nowMs }) => said(`${Math.round(nowMs)}000000\n`)],
  [/^date \+%s$/, ({ nowMs }) => said(`${Math.floor(nowMs / 1_000)}\n`)],
  [/^date\b/, ({ nowMs }) => said(`${new Date(nowMs).toUTCString()}\n`)],
  [/^hostname( -f)?$/, ({ hostname }) => said(`${hostname}\n`)],
  [/^whoami$/, () => said('root\n')],
  [/^id -u$/, () => said('0\n')],
  [/^id$/, () => said('uid=0(root) gid=0(root) groups=0(root)\n')],
  [/^uname -r$/, () => said('6.1.0-28-amd64\n')],
  [/^uname -m$/, () => said('x86_64\n')],
  [
    /^uname\b/,
    ({ hostname }) => said(`Linux ${hostname} 6.1.0-28-amd64 #1 SMP PREEMPT_DYNAMIC x86_64 GNU/Linux\n`),
  ],
  [/^cat \/etc\/os-release$/, () => said(release)],
  [
    /^cat \/proc\/uptime$/,
    ({ uptimeSeconds }) => said(`${uptimeSeconds.toFixed(2)} ${uptimeSeconds.toFixed(2)}\n`),
  ],
  [/^ls \/sys\/class\/net$/, ({ bridges }) => said(`${[...bridges, 'eno1', 'lo'].join('\n')}\n`)],
  [/\/sys\/class\/net\/.*bridge/, ({ bridges }) => said(`${bridges.join('\n')}\n`)],
  [
    /^ip .*link show type bridge/,
    ({ bridges }) => said(`${JSON.stringify(bridges.map((ifname) => ({ ifname, operstate: 'UP' })))}\n`),
  ],
  [/^echo (.*)$/, (_, [, words = '']) => said(`${words.replaceAll(/['"]/g, '')}\n`)],
  [/^(true|:)$/, () => said('')],
  [/^(false)$/, () => said('', 1)],
];

/** What the question "why does the socket not open" (platform/ssh) gets for an answer. */
function socketAnswer(state: ReturnType<HostShellFacts['socketState']>): CommandAnswer {
  if (state === 'denied') return said('denied libvirt\n');
  return said(state === 'listening' ? 'helper nc\nhelper nc-unix\nlistening\n' : `${state}\n`);
}

/**
 * Questions that come as lines of one script (what the fleet asks of a host it watches); each answers for itself, as its line
 * would.
 */
const scriptLines: readonly (readonly [
  pattern: RegExp,
  lines: (facts: HostShellFacts) => readonly string[],
])[] = [
  [/^echo "boot \$\(cat \/proc\/sys\/kernel\/random\/boot_id\)"$/, ({ bootId }) => [`boot ${bootId}`]],
  [/^echo "clock \$\(date \+%s\.%N\)"$/, ({ nowMs }) => [`clock ${(nowMs / 1_000).toFixed(9)}`]],
  [/^echo "cpu \$\(.*\/proc\/cpuinfo/, ({ cpuModel }) => [`cpu ${cpuModel}`]],
  [/^for b in \/sys\/class\/net\/\*\/bridge;/, ({ bridges }) => bridges.map((name) => `bridge ${name} up`)],
  [/bridge-nf-call-iptables/, () => []],
  [
    /^for p in \/run\/libvirt\/qemu\/\*\.pid;/,
    ({ startedAtMs }) => startedAtMs.map(([vm, atMs]) => `started ${Math.floor(atMs / 1_000)} ${vm}`),
  ],
  [/echo "movestls"$/, ({ movesTls }) => (movesTls ? ['movestls'] : [])],
  [/< \/proc\/mounts$/, ({ mounts }) => mounts.map(({ source, path }) => `mount ${source} ${path}`)],
  [/^true$/, () => []],
];

/** The answer to a script of such lines, or null where one of its lines is not known. */
function runScript(program: string, facts: HostShellFacts): CommandAnswer | null {
  const asked = program.split('\n').filter((line) => line.trim() !== '');
  const answers: string[] = [];
  for (const line of asked) {
    const known = scriptLines.find(([pattern]) => pattern.test(line.trim()));
    if (known === undefined) return null;
    answers.push(...known[1](facts));
  }
  return said(answers.map((line) => `${line}\n`).join(''));
}

/** Answers a command; what is not known is not found, as in any shell. */
export function runHostCommand(command: string, input: string, facts: HostShellFacts): CommandAnswer {
  const program = /\bsh -s\b/.test(command) ? input : command;
  const script = program.trim().includes('\n') ? runScript(program, facts) : null;
  if (script !== null) return script;
  for (const [pattern, answer] of rules) {
    const found = pattern.exec(program.trim());
    if (found !== null) return answer(facts, found);
  }
  const name = program.trim().split(/\s+/)[0] ?? '';
  return { code: 127, stdout: '', stderr: `sh: 1: ${name}: not found\n` };
}

/** The public key a line of a script installs (`printf '%s\n' 'ssh-ed25519 AAAA…' >> …`), or null. */
export function isPublicKey(line: string): string | null {
  return />>/.test(line)
    ? (/((?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+ [A-Za-z0-9+/]+=*)/.exec(line)?.[1] ?? null)
    : null;
}
