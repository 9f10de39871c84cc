import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { practiceFaultSchema } from './practice-fault.ts';
import { startPracticeFleet } from './practice-fleet.ts';
import type { PracticeFleet, PracticeOptions } from './practice-fleet.ts';

/**
 * The practice fleet as a process of its own. Prints one line of JSON (PracticeFleetDescription) when it is up, then takes control
 * lines on standard input, `{"host": "hv-waw-01", "fault": {"kind": "silent"}}`, `{"host": …, "vm": …, "power": "suspend"}` or `{"tell": "usage"}`, and
 * answers each with `{"ok": true}` (and `cpuMs`, what it has used of the processor) or `{"ok": false, "error": "…"}`. It stops on SIGTERM, SIGINT, or when its standard input ends.
 */
const controlSchema = z.union([
  z.object({ host: z.string(), fault: practiceFaultSchema }),
  z.object({ host: z.string(), vm: z.string(), power: z.enum(['suspend', 'resume']) }),
  z.object({ tell: z.literal('usage') }),
]);

const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`);

function wholeNumber(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} takes a whole number, not ${text}`);
  return value;
}

function readOptions(args: string[]): PracticeOptions {
  const names = ['hosts', 'vms', 'seed', 'boot-ms', 'first-host', 'first-vm'] as const;
  const { values } = parseArgs({
    args,
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
  });
  const number = (name: (typeof names)[number]): number | undefined => {
    const given = values[name];
    return wholeNumber(typeof given === 'string' ? given : undefined, name);
  };
  const given = {
    hosts: number('hosts'),
    vms: number('vms'),
    seed: number('seed'),
    bootMs: number('boot-ms'),
    firstHost: number('first-host'),
    firstVm: number('first-vm'),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

async function obey(fleet: PracticeFleet, line: string): Promise<void> {
  try {
    const asked = controlSchema.parse(JSON.parse(line));
    if ('tell' in asked) return say({ ok: true, cpuMs: usedMs() });
    if ('fault' in asked) await fleet.fault(asked.host, asked.fault);
    else {
      const host = fleet.host(asked.host);
      host.power[asked.power](host.vm(asked.vm));
    }
    say({ ok: true });
  } catch (error) {
    say({ ok: false, error: error instanceof Error ? error.message : String(error) });
  }
}

function usedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function main(): Promise<void> {
  const starting = startPracticeFleet(readOptions(process.argv.slice(2)));
  const stop = (): void => {
    void starting.then(async (fleet) => await fleet.stop()).finally(() => process.exit(0));
  };
  // Whoever asked for it may be gone before it stands.
  process.stdout.on('error', stop);
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  const fleet = await starting;
  say(fleet.describe());
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    if (line.trim() !== '') void obey(fleet, line);
  });
  lines.on('close', stop);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
