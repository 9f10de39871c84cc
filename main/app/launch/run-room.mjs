// Runs one room of the test suite (a vitest project) and keeps count of it from outside, so that the counts are true however the room ends.
import { spawn } from 'node:child_process';
import { closeSync, createReadStream, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { node, root, toolEnvironment } from './setup.mjs';

/** How long a room that has been told to end may take to put things down before it is killed. */
const GRACE_MS = 60_000;

/** Runs the rest of the words in a network namespace of their own, under the same process number. */
const SECLUDED = ['unshare', '--net', '--', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];

/**
 * @typedef {object} Room What came of one room.
 * @property {string} name
 * @property {number} passed
 * @property {number} skipped
 * @property {string[]} again Tests that failed once and passed when they were tried again (only where vitest.config.ts has them tried).
 * @property {string[]} failures One line each: a test, a file that failed outside of its tests, the room itself.
 * @property {FileTime[]} times
 *
 * @typedef {object} FileTime How long a file of tests took.
 * @property {string} file
 * @property {number} importMs
 * @property {number} testsMs
 * @property {number} cpuMs Of its own process and those it started, when TEST_TIMES was asked for.
 */

/** Somebody ended us: what has not begun does not begin any more. */
let isInterrupted = false;

/**
 * Runs the room until it ends, or ends it after `limitMs`.
 *
 * @param {object} options
 * @param {string} options.name How it is called in what is said about it.
 * @param {string[]} options.words What vitest is told beside how to report.
 * @param {number} options.limitMs After this long it hangs.
 * @param {number} [options.graceMs]
 * @param {boolean} [options.later] Its output is kept until it has ended.
 * @param {boolean} [options.secluded] It sees a network of its own, which is its loopback and nothing else: what others do to the machine's
 * interfaces meanwhile (the lab does) makes Chromium give up what it is loading. Needs root and Linux.
 * @param {boolean} [options.mayBeEmpty] Whether it is right that no test ran, as when only some were asked for.
 * @returns {Promise<Room>}
 */
export async function runRoom({
  name,
  words,
  limitMs,
  graceMs = GRACE_MS,
  later = false,
  secluded = false,
  mayBeEmpty = false,
}) {
  if (isInterrupted)
    return {
      name,
      passed: 0,
      skipped: 0,
      again: [],
      failures: [`the ${name} tests were not begun: interrupted`],
      times: [],
    };
  const folder = mkdtempSync(join(tmpdir(), 'innkeeper-room-'));
  const record = join(folder, 'record');
  const log = join(folder, 'log');
  closeSync(openSync(record, 'w'));
  const output = later ? openSync(log, 'w') : 'inherit';
  const [program, ...before] = secluded ? [...SECLUDED, node] : [node];
  const child = spawn(
    program,
    [
      ...before,
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      ...words,
      '--passWithNoTests',
      '--reporter=default',
      `--reporter=${join(root, 'main/testing/room-reporter.mjs')}`,
    ],
    {
      // A group of its own, so that what it started can be ended with it; and its output is a file, so that nobody it leaves behind holds us up.
      detached: process.platform !== 'win32',
      stdio: ['ignore', output, output],
      cwd: root,
      env: roomEnvironment({ TEST_ROOM_RECORD: record }),
    },
  );
  const stop = endOnSignals(child);
  let isOverdue = false;
  const limit = setTimeout(() => {
    isOverdue = true;
    process.stderr.write(`The ${name} tests did not end within ${inWords(limitMs)}; they are stopped.\n`);
    stop('SIGTERM', graceMs);
  }, limitMs);
  const ended = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(code ?? signal));
  });
  clearTimeout(limit);
  // What it left behind.
  stop('SIGKILL');
  stop.forget();
  if (later) {
    closeSync(output);
    await pipeline(createReadStream(log), process.stdout, { end: false });
  }
  const room = readRecord(name, readFileSync(record, 'utf8'));
  rmSync(folder, { recursive: true, force: true });
  if (isOverdue) room.failures.push(`the ${name} tests did not end within ${inWords(limitMs)}${room.at()}`);
  else if (ended !== 0 && (room.failures.length === 0 || !room.isWhole))
    room.failures.push(`the ${name} tests ended with ${ended}${room.isWhole ? '' : room.at()}: see above`);
  else if (!room.isWhole)
    room.failures.push(`the ${name} tests ended before their end${room.at()}: see above`);
  if (!mayBeEmpty && room.passed + room.failures.length === 0) room.failures.push(`no ${name} test was run`);
  const { passed, skipped, again, failures, times } = room;
  return { name, passed, skipped, again, failures, times };
}

/** What the tests see of this machine: programs that speak English, and no setting of a person, whose store is not one to try things on. */
function roomEnvironment(more) {
  const own = toolEnvironment({
    NODE_NO_WARNINGS: '1',
    LC_ALL: 'C.UTF-8',
    ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }),
    ...more,
  });
  return Object.fromEntries(Object.entries(own).filter(([name]) => !name.startsWith('INNKEEPER_')));
}

/** Ends the child's whole group, and with it whatever ends us. */
function endOnSignals(child) {
  let killing;
  const kill = (signal) => {
    try {
      if (process.platform === 'win32') child.kill(signal);
      else process.kill(-child.pid, signal);
    } catch {
      // Nobody is left.
    }
  };
  const stop = (signal, graceMs) => {
    kill(signal);
    if (graceMs !== undefined) killing ??= setTimeout(() => kill('SIGKILL'), graceMs);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const pass = (signal) => {
    isInterrupted = true;
    stop(signal, GRACE_MS);
  };
  for (const signal of signals) process.on(signal, pass);
  stop.forget = () => {
    clearTimeout(killing);
    for (const signal of signals) process.off(signal, pass);
  };
  return stop;
}

/** Reads what room-reporter.mjs wrote, a JSON text per line; the last line may be cut off. */
function readRecord(name, text) {
  const open = new Set();
  const used = new Map();
  const room = { passed: 0, skipped: 0, again: [], failures: [], times: [], isWhole: false };
  for (const line of text.split('\n').slice(0, -1)) {
    const said = JSON.parse(line);
    if (said.t === 'passed') room.passed += 1;
    else if (said.t === 'skipped') room.skipped += 1;
    else if (said.t === 'failed') room.failures.push(said.what);
    else if (said.t === 'again') room.again.push(said.what);
    else if (said.t === 'begun') open.add(said.file);
    else if (said.t === 'used') used.set(said.file, said.cpuMs);
    else if (said.t === 'done') {
      open.delete(said.file);
      const { file, importMs, testsMs } = said;
      room.times.push({ file, importMs, testsMs, cpuMs: used.get(file) ?? 0 });
    } else if (said.t === 'end') room.isWhole = true;
  }
  room.at = () => (open.size === 0 ? '' : `; unfinished: ${[...open].join(', ')}`);
  return room;
}

function inWords(ms) {
  return ms < 60_000 ? `${ms / 1000} seconds` : `${ms / 60_000} minutes`;
}

/** How many files are worth naming of a room that takes too long. */
const SLOWEST = 25;

/**
 * Where the time of a room went: its sums, and the files that took longest.
 * @param {Room} room
 */
export function timeLines({ name, times }) {
  const sum = (what) => times.reduce((total, time) => total + time[what], 0);
  const words = ({ importMs, testsMs, cpuMs }) =>
    [testsMs, importMs, cpuMs].map((ms) => `${(ms / 1000).toFixed(1)} s`.padStart(9)).join('');
  const all = { importMs: sum('importMs'), testsMs: sum('testsMs'), cpuMs: sum('cpuMs') };
  const slowest = times.toSorted((a, b) => b.testsMs + b.importMs - a.testsMs - a.importMs).slice(0, SLOWEST);
  return [
    `${name}: ${times.length} files; tests, import, processor`,
    `${words(all)}  in all`,
    ...slowest.map((time) => `${words(time)}  ${time.file}`),
  ];
}

/**
 * The last lines of a run: what passed only when it was tried again and every failure by its name, and the true counts.
 * @param {Room[]} rooms
 */
export function closingLines(rooms) {
  const sum = (count) => rooms.reduce((total, room) => total + count(room), 0);
  const failures = rooms.flatMap((room) => room.failures);
  const skipped = sum((room) => room.skipped);
  const counts = `${sum((room) => room.passed)} passed, ${failures.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  const again = rooms.flatMap((room) => room.again);
  return [
    ...again.map((test) => `passed only when tried again: ${test}`),
    ...failures.map((failure) => `failed: ${failure}`),
    counts,
  ];
}
