import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { extractAll, listPackage } from '@electron/asar';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { getConfig, validateConfiguration } from 'app-builder-lib/out/util/config/config.js';
import { DebugLogger } from 'builder-util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../laws/source-files.ts';
import { packForTest, type Packed } from './pack-for-test.ts';

// What a person would install: packed by electron-builder over a runtime that is not there, and looked into.

const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};
let packed: Packed;
let files: string[];
let program: string;

beforeAll(async () => {
  packed = await packForTest();
  files = listPackage(packed.asar, { isPack: false }).map((path) =>
    path.replaceAll('\\', '/').replace(/^\//, ''),
  );
  program = join(packed.folder, 'program');
  extractAll(packed.asar, program);
}, 240_000);
afterAll(() => {
  packed?.remove();
});

describe('in the package', () => {
  test.each([
    'package.json',
    'dist/main/desktop.js',
    'dist/main/engine-process.js',
    'dist/main/browser.js',
    'dist/main/worker.js',
    'dist/main/cli.js',
    'dist/main/pdf-worker.js',
    'dist/main/practice.js',
    'dist/preload/bridge.cjs',
    'dist/renderer/index.html',
    'resources/fonts/Inter-Regular.ttf',
    'resources/icons/256x256.png',
    'resources/systemd/innkeeper-worker.service',
  ])('%s', (file) => {
    expect(files).toContain(file);
  });

  test('every file the page begins with', () => {
    const page = readFileSync(join(program, 'dist/renderer/index.html'), 'utf8');
    const wanted = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(
      (found) => `dist/renderer/${found[1]}`,
    );
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.filter((file) => !files.includes(file))).toEqual([]);
  });

  test.each(Object.keys(packageJson.dependencies))('the package %s', (name) => {
    expect(files).toContain(`node_modules/${name}/package.json`);
  });

  test('every package that a program of ours imports', () => {
    const code = files.filter((file) => /^dist\/main\/.*\.js$/.test(file));
    const imported = code.flatMap((file) =>
      [
        ...readFileSync(join(program, file), 'utf8').matchAll(
          /^(?:import|export)\b[^'"\n]*['"]([^'"\n]+)['"];?$/gm,
        ),
      ].map((found) => found[1]!),
    );
    const packages = new Set(imported.filter((name) => !name.startsWith('.') && !name.startsWith('node:')));
    packages.delete('electron');
    expect(packages.size).toBeGreaterThan(8);
    const nameOf = (from: string): string =>
      from
        .split('/')
        .slice(0, from.startsWith('@') ? 2 : 1)
        .join('/');
    const missing = [...packages].filter(
      (from) =>
        !builtinModules.includes(from) && !files.includes(`node_modules/${nameOf(from)}/package.json`),
    );
    expect(missing).toEqual([]);
  });
});

describe('not in the package', () => {
  test.each(Object.keys(packageJson.devDependencies))('the package %s', (name) => {
    expect(files).not.toContain(`node_modules/${name}/package.json`);
  });

  test.each<[what: string, pattern: RegExp]>([
    ['sources of ours', /^(main|renderer|preload|shared|docs)\//],
    ['any TypeScript', /\.[cm]?tsx?$/],
    ['tests of ours', /^(?!node_modules).*\.test\./],
    ['maps of the code', /\.map$/],
    ['native code', /\.node$/],
    ['the setup of the checkout', /^[^/]*(vitest|electron\.vite|tsconfig|electron-builder|package-lock)/],
    ['keys and settings of anybody', /\.(pem|key|env|sqlite)$|settings\.json$/],
  ])('%s', (_what, pattern) => {
    expect(files.filter((file) => pattern.test(file))).toEqual([]);
  });

  test('the stand-ins of the tests', () => {
    const code = files.filter((file) => /^dist\/main\/.*\.js$/.test(file) && !file.endsWith('/practice.js'));
    expect(
      code.filter((file) =>
        /electron-stand-in|ELECTRON_STAND_IN/.test(readFileSync(join(program, file), 'utf8')),
      ),
    ).toEqual([]);
  });
});

describe('what was packed runs by itself, far from the checkout', () => {
  const environment = (): NodeJS.ProcessEnv => {
    const home = join(packed.folder, 'home');
    mkdirSync(join(home, 'run'), { recursive: true });
    return { PATH: process.env['PATH'], HOME: home, XDG_RUNTIME_DIR: join(home, 'run') };
  };

  test('the command line', async () => {
    const done = await promisify(execFile)(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(program, 'dist/main/cli.js'), 'ops', '--json'],
      { env: environment(), cwd: packed.folder, maxBuffer: 16 * 1024 * 1024 },
    );
    expect((JSON.parse(done.stdout) as unknown[]).length).toBeGreaterThan(20);
  });

  test('the engine’s process', async () => {
    const parentPort = new URL('../electron-stand-in/parent-port.ts', import.meta.url).href;
    const engine = fork(join(program, 'dist/main/engine-process.js'), [], {
      execArgv: ['--disable-warning=ExperimentalWarning', '--import', parentPort],
      env: environment(),
      cwd: packed.folder,
      serialization: 'advanced',
    });
    try {
      const [said] = (await once(engine, 'message')) as [unknown];
      expect(said).toEqual({ kind: 'message', data: { t: 'ready' }, ports: [] });
      const gone = once(engine, 'exit');
      engine.send({ kind: 'message', data: { t: 'stop' }, ports: [] });
      expect((await gone)[0]).toBe(0);
    } finally {
      engine.kill('SIGKILL');
    }
  });
});

describe('fuses', () => {
  test.each<[fuse: keyof typeof FuseV1Options, state: keyof typeof FuseState]>([
    ['RunAsNode', 'DISABLE'],
    ['EnableCookieEncryption', 'ENABLE'],
    ['EnableNodeOptionsEnvironmentVariable', 'DISABLE'],
    ['EnableNodeCliInspectArguments', 'DISABLE'],
    ['EnableEmbeddedAsarIntegrityValidation', 'ENABLE'],
    ['OnlyLoadAppFromAsar', 'ENABLE'],
    ['LoadBrowserProcessSpecificV8Snapshot', 'DISABLE'],
    ['GrantFileProtocolExtraPrivileges', 'DISABLE'],
  ])('%s is %s', async (fuse, state) => {
    const wire = (await getCurrentFuseWire(packed.binary)) as unknown as Record<number, FuseState>;
    expect(wire[FuseV1Options[fuse]]).toBe(FuseState[state]);
  });
});

describe('the configuration', () => {
  const read = async () => await getConfig(root, join(root, 'electron-builder.yml'), null);

  test('is one that electron-builder understands to the last word', async () => {
    const config = await read();
    await expect(validateConfiguration(config, new DebugLogger(false))).resolves.toBeUndefined();
    const misspelt = { ...config, electronFuse: {} };
    await expect(validateConfiguration(misspelt, new DebugLogger(false))).rejects.toThrow(/electronFuse/);
  });

  test('has a target for every system', async () => {
    const { linux, mac, win } = await read();
    expect([linux?.target, mac?.target, win?.target]).toEqual([['AppImage', 'deb'], 'dmg', 'nsis']);
  });

  test('takes innkeeper:// links, and names the program as it names itself', async () => {
    const { protocols, appId } = await read();
    expect(protocols).toEqual([{ name: 'Innkeeper', schemes: ['innkeeper'] }]);
    expect(readFileSync(join(program, 'dist/main/desktop.js'), 'utf8')).toContain(`"${appId}"`);
  });

  test('its pictures are there', async () => {
    const { linux, mac, win } = await read();
    const pictures = [linux?.icon, mac?.icon, win?.icon];
    expect(
      pictures.filter((picture) => typeof picture !== 'string' || !existsSync(join(root, picture))),
    ).toEqual([]);
  });
});
