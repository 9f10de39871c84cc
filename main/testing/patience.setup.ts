import { appendFileSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { afterAll, expect, vi } from 'vitest';

/** Vitest gives up after a second, which a busy machine can take for anything; `expect.poll` has its patience from vitest.config.ts. */
const PATIENCE = { timeout: 60_000, interval: 50 };

/** Of this process: this file runs once for each file of tests, and a process may take many of them. */
const ofProcess: { isPatient?: boolean; toldCpuMs?: number } = ((
  globalThis as Record<symbol, object | undefined>
)[Symbol.for('innkeeper.tests')] ??= {});

if (ofProcess.isPatient !== true) {
  ofProcess.isPatient = true;
  const waitFor = vi.waitFor.bind(vi);
  vi.waitFor = async (callback, options = {}) =>
    await waitFor(callback, {
      ...PATIENCE,
      ...(typeof options === 'number' ? { timeout: options } : options),
    });
}

const record = process.env['TEST_ROOM_RECORD'];
if (process.env['TEST_TIMES'] && record !== undefined) {
  // Said first, so done last: after what the file itself puts down.
  afterAll(() => {
    const file = relative(process.cwd(), expect.getState().testPath ?? '');
    const cpuMs = processorMs();
    appendFileSync(
      record,
      `${JSON.stringify({ t: 'used', file, cpuMs: cpuMs - (ofProcess.toldCpuMs ?? 0) })}\n`,
    );
    ofProcess.toldCpuMs = cpuMs;
  });
}

/** What this process and those it started and saw end have used of a processor; databases and browsers not among them. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000 + childrenMs();
}

function childrenMs(): number {
  try {
    // After the name, which may hold anything: utime, stime, cutime and cstime are the 12th to 15th, in hundredths of a second.
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[13]) + Number(fields[14])) * 10;
  } catch {
    return 0;
  }
}
