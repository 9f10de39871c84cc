import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { inTurns } from '../../domains/fleet/hosts/in-turns.ts';
import type { PracticeFleetDescription, PracticeHostDoor } from '../practice/practice-fleet.ts';

const entry = join(import.meta.dirname, '../practice/practice-process.ts');

/** A practice host in one of several processes, with the key that opens it. */
export interface FleetDoor extends PracticeHostDoor {
  readonly privateKey: string;
}

/** A fleet of simulated hosts in processes of their own, as real ones are elsewhere. */
export interface PracticeProcesses {
  readonly doors: readonly FleetDoor[];
  /** Suspends or resumes a VM of a host, by name; resolves when the host has done so. */
  power(host: string, vm: string, power: 'suspend' | 'resume'): Promise<void>;
  /** What the processes have used of the processor so far. */
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
}

interface Answer {
  readonly ok: boolean;
  readonly error?: string;
  readonly cpuMs?: number;
}

interface Running {
  readonly child: ChildProcess;
  readonly lines: Interface;
  readonly description: PracticeFleetDescription;
  /** Answers come in the order of what was asked. */
  readonly waiting: ((line: string) => void)[];
}

/** Starts `hosts` hosts with `vmsPerHost` VMs each, shared out over `processes`. */
export async function startPracticeProcesses(size: {
  hosts: number;
  vmsPerHost: number;
  processes: number;
}): Promise<PracticeProcesses> {
  const share = Math.ceil(size.hosts / size.processes);
  const running: Running[] = [];
  const firsts = Array.from({ length: Math.ceil(size.hosts / share) }, (_, n) => n * share);
  try {
    // While they are made they need a core each.
    await inTurns(firsts, availableParallelism(), async (first, at) => {
      const hosts = Math.min(share, size.hosts - first);
      running[at] = await startOne({ first, hosts, vmsPerHost: size.vmsPerHost });
    });
  } catch (error) {
    // Those that were made, in whatever order.
    await stopAll(Object.values(running));
    throw error;
  }
  const byHost = new Map(
    running.flatMap((one) => one.description.hosts.map((host) => [host.name, one] as const)),
  );
  return {
    doors: running.flatMap(({ description }) =>
      description.hosts.map((host) => ({ ...host, privateKey: description.privateKey })),
    ),
    power: async (host, vm, power) => {
      const one = byHost.get(host);
      if (one === undefined) throw new Error(`no practice host ${host}`);
      await ask(one, { host, vm, power });
    },
    cpuMs: async () => {
      const used = await Promise.all(running.map(async (one) => await ask(one, { tell: 'usage' })));
      return used.reduce((sum, { cpuMs = 0 }) => sum + cpuMs, 0);
    },
    stop: async () => await stopAll(running),
  };
}

async function startOne(part: { first: number; hosts: number; vmsPerHost: number }): Promise<Running> {
  const numbers = {
    hosts: part.hosts,
    vms: part.hosts * part.vmsPerHost,
    'first-host': part.first + 1,
    'first-vm': part.first * part.vmsPerHost,
  };
  const words = Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const [line] = (await once(lines, 'line')) as [string];
  const one: Running = {
    child,
    lines,
    description: JSON.parse(line) as PracticeFleetDescription,
    waiting: [],
  };
  lines.on('line', (answer) => one.waiting.shift()?.(answer));
  return one;
}

async function ask(one: Running, question: object): Promise<Answer> {
  const answered = new Promise<string>((resolve) => one.waiting.push(resolve));
  one.child.stdin?.write(`${JSON.stringify(question)}\n`);
  const answer = JSON.parse(await answered) as Answer;
  if (!answer.ok) throw new Error(answer.error);
  return answer;
}

async function stopAll(running: readonly Running[]): Promise<void> {
  await Promise.all(
    running.map(async ({ child }) => {
      const gone = once(child, 'exit');
      child.stdin?.end();
      if (child.exitCode === null) await gone;
    }),
  );
}
