// What the test suite needs beside Node, by the name of what would be left out without it.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { labPackages } from '../../testing/lab/lab-packages.mjs';

const groups = [
  { name: 'PostgreSQL tests', packages: ['postgresql'] },
  { name: 'screen tests (Chromium)', packages: ['chromium'] },
  { name: 'PDF reading tests', packages: ['poppler-utils'] },
  { name: 'main job tests (a clock of their own)', packages: ['libfaketime'] },
  { name: 'metrics tests with Prometheus itself', packages: ['prometheus'] },
  { name: 'lab tests (libvirt hosts)', packages: labPackages },
];

function isDebian() {
  if (!existsSync('/etc/os-release')) return false;
  const text = readFileSync('/etc/os-release', 'utf8');
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(text);
}

function missing(packages) {
  const asked = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Abbrev}\n', ...packages], {
    encoding: 'utf8',
  });
  const present = new Set(
    (asked.stdout ?? '')
      .split('\n')
      .filter((line) => / ii\s*$/.test(line))
      .map((line) => line.split(' ')[0]),
  );
  return packages.filter((name) => !present.has(name));
}

const isComplete = (group) => missing(group.packages).length === 0;

/** Installs what is missing (Debian and its like, as root) and returns the names of what must be left out all the same. */
export function ensureSystemPackages() {
  if (!isDebian()) return groups.map((group) => group.name);
  const wanted = missing(groups.flatMap((group) => group.packages));
  if (wanted.length > 0 && process.getuid?.() === 0) install(wanted);
  return groups.filter((group) => !isComplete(group)).map((group) => group.name);
}

/** What cannot be had is said by apt; whether it matters is told by what is missing afterwards. */
function install(wanted) {
  process.stderr.write(`Installing system packages: ${wanted.join(' ')}\n`);
  // A source of this machine that does not answer need not be one that holds what is wanted.
  apt('update', '-q');
  // Services are started by the tests themselves, on ports and in namespaces of their own.
  const options = ['install', '-q', '-y', '--no-install-recommends'];
  if (apt(...options, ...wanted).status === 0) return;
  // One name that another distribution does not know must not take the others with it.
  for (const group of groups.filter((one) => !isComplete(one))) apt(...options, ...missing(group.packages));
}

function apt(...args) {
  return spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=3', ...args], {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}
