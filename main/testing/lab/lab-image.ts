import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { miniGuestPackages } from './lab-packages.mjs';
import { runProgram, tryProgram } from './program-run.ts';

const source = join(import.meta.dirname, 'mini-guest');
const kernelPackage = 'linux-image-cloud-amd64';

/** Where images are kept between runs, outside the repository. */
export function labCacheFolder(): string {
  return join(
    process.env['XDG_CACHE_HOME'] || join(process.env['HOME'] || userInfo().homedir, '.cache'),
    'innkeeper/lab',
  );
}

/** The concrete kernel package of today, e.g. linux-image-6.1.0-56-cloud-amd64, and `name=version` of every package in the image. */
async function imagePackages(): Promise<{ kernel: string; versions: string[] }> {
  const depends = async () => await tryProgram('apt-cache', ['depends', '--no-recommends', kernelPackage]);
  let answer = await depends();
  if (!/Depends: (linux-image-\S+)/.test(answer.stdout)) {
    await runProgram('apt-get', ['-q', 'update']);
    answer = await depends();
  }
  const kernel = /Depends: (linux-image-\S+)/.exec(answer.stdout)?.[1];
  if (kernel === undefined)
    throw new Error(
      `apt knows no ${kernelPackage}; the mini guest is built on Debian 12 (apt-get update, then try again)`,
    );
  const policy = await runProgram('apt-cache', ['policy', kernel, ...miniGuestPackages]);
  const versions = [...policy.matchAll(/^(\S+):\n.*\n\s+Candidate: (\S+)/gm)].map(
    ([, name, version]) => `${name}=${version}`,
  );
  return { kernel, versions };
}

/**
 * Path of the mini guest image (qcow2, 96 MiB virtual, about 36 MB), built if this machine has none for these sources and package versions.
 * Two processes that ask at once build it once. Rejects with apt's or the build's own words.
 */
export async function miniImage(): Promise<string> {
  const { kernel, versions } = await imagePackages();
  const hash = createHash('sha256').update(versions.join('\n'));
  for (const file of readdirSync(source).sort()) hash.update(file).update(readFileSync(join(source, file)));
  const folder = labCacheFolder();
  const image = join(folder, `mini-${hash.digest('hex').slice(0, 16)}.qcow2`);
  if (existsSync(image)) return image;
  mkdirSync(folder, { recursive: true });
  const build = 'test -e "$1" || exec unshare -m bash "$0" "$@"';
  await runProgram('flock', [
    join(folder, 'build.lock'),
    'sh',
    '-c',
    build,
    join(source, 'build.sh'),
    image,
    kernel,
    ...miniGuestPackages,
  ]);
  return image;
}
