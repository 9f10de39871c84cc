// `npm test [-- vitest arguments]`: sets up all it needs, runs every test, and closes with the true counts. TEST_TIMES=1 tells which files took longest.
import { closingLines, runRoom, timeLines } from './run-room.mjs';
import { ensureBuilt, ensureDependencies, giveUp } from './setup.mjs';

ensureDependencies();
const { ensureSystemPackages } = await import('./system-packages.mjs');
const leftOut = ensureSystemPackages();
if (leftOut.length > 0) {
  process.stderr.write(`Left out on this machine: ${leftOut.join(', ')}.\n`);
  if (process.env.CI) giveUp('With CI=true nothing may be left out.');
}
ensureBuilt();

const hasLab = !leftOut.includes('lab tests (libvirt hosts)') && process.getuid?.() === 0;
const hasScreens = !leftOut.includes('screen tests (Chromium)');
if (process.env.CI && !hasLab) giveUp('The lab needs root, and with CI=true nothing may be left out.');

const startedMs = Date.now();
const asked = process.argv.slice(2);
/** The whole suite takes less than a quarter of an hour; a room that takes this long hangs, and whoever waits for us must still hear where. */
const MINUTE_MS = 60_000;
const room = async (name, limitMinutes, { more = [], ...how } = {}) =>
  await runRoom({
    name,
    words: ['--project', `${name}*`, ...more, ...asked],
    limitMs: limitMinutes * MINUTE_MS,
    ...how,
    mayBeEmpty: asked.length > 0,
  });
// The lab mostly waits (guests boot, leases run out, a day ends), so it runs beside the others; so do many unit tests, hence four at once. Screens
// come after those, three at once, for they too wait half of their time (for a page to follow, for a minute to be over): on two cores the three rooms
// together make each other so slow that tests meet what nobody's console would.
const [near, lab] = await Promise.all([
  (async () => [
    await room('unit', 60, { more: ['--maxWorkers=4'] }),
    hasScreens ? await room('screen', 60, { more: ['--maxWorkers=3'], secluded: hasLab }) : undefined,
  ])(),
  hasLab ? room('lab', 60, { later: true }) : undefined,
]);
const rooms = [...near, lab].filter((one) => one !== undefined);
if (process.env.TEST_TIMES) process.stdout.write(`\n${rooms.flatMap(timeLines).join('\n')}\n`);
process.stdout.write(`\n${((Date.now() - startedMs) / MINUTE_MS).toFixed(1)} minutes\n`);
process.stdout.write(`${closingLines(rooms).join('\n')}\n`);
process.exit(rooms.some((one) => one.failures.length > 0) ? 1 : 0);
