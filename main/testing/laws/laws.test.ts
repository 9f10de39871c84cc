import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { contract } from '../../../shared/contract/contract.ts';
import { allSchema } from '../../app/all-schema.ts';
import { RENDERER_PARTS } from './renderer-parts.ts';
import { domainOf, isTest, root, sourceFiles, type SourceFile } from './source-files.ts';

const files = sourceFiles();
const shipped = files.filter((file) => !isTest(file.path) && !file.path.startsWith('main/testing/'));

/** Imports of `file` that `isWrong` finds, written so that the message shows where to look. */
function wrong(among: readonly SourceFile[], isWrong: (file: SourceFile, from: string) => boolean): string[] {
  return among.flatMap((file) =>
    file.imports.filter(({ from }) => isWrong(file, from)).map(({ from }) => `${file.path} imports ${from}`),
  );
}

const isOurs = (from: string): boolean => /^(main|renderer|preload|shared)\//.test(from);

describe('import directions', () => {
  test('shared is pure: it imports nothing but shared and pure packages', () => {
    const pure = new Set(['zod', 'decimal.js', 'temporal-polyfill', 'n2words']);
    const inShared = shipped.filter((file) => file.path.startsWith('shared/'));
    expect(inShared.length).toBeGreaterThan(20);
    expect(
      wrong(inShared, (_file, from) => (isOurs(from) ? !from.startsWith('shared/') : !pure.has(from))),
    ).toEqual([]);
  });

  test('shared uses no global of Node or of the browser', () => {
    const globals = /\b(process|Buffer|__dirname|document|window|localStorage)\b\s*[.[(]/;
    const code = (text: string): string => text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    const using = shipped.filter((file) => file.path.startsWith('shared/') && globals.test(code(file.text)));
    expect(using.map((file) => file.path)).toEqual([]);
  });

  test('the kernel imports nothing of ours but the kernel', () => {
    const kernel = shipped.filter((file) => file.path.startsWith('shared/kernel/'));
    expect(wrong(kernel, (_file, from) => isOurs(from) && !from.startsWith('shared/kernel/'))).toEqual([]);
  });

  test('the platform knows no domain and not the app', () => {
    const platform = shipped.filter((file) => file.path.startsWith('main/platform/'));
    // Who calls has a role: the one word of a domain that the call context must know.
    const known = new Set(['shared/domains/access/role-rules.ts']);
    expect(
      wrong(
        platform,
        (_file, from) => /^(main|shared|renderer)\/domains\/|^main\/app\//.test(from) && !known.has(from),
      ),
    ).toEqual([]);
  });

  test('a domain reaches another only through what it makes public', () => {
    const domains = shipped.filter((file) => file.path.startsWith('main/domains/'));
    const isForeign = (file: SourceFile, from: string): boolean => {
      const other = domainOf(from);
      return (
        from.startsWith('main/') &&
        other !== undefined &&
        other !== domainOf(file.path) &&
        !from.endsWith(`/${other}-public.ts`)
      );
    };
    expect(wrong(domains, isForeign)).toEqual([]);
  });

  test('domains do not know the app', () => {
    const domains = shipped.filter((file) => file.path.startsWith('main/domains/'));
    expect(wrong(domains, (_file, from) => from.startsWith('main/app/'))).toEqual([]);
  });

  test('the renderer never imports main, the preload nothing of ours, and neither imports Node', () => {
    const windowSide = shipped.filter((file) => /^(renderer|preload)\//.test(file.path));
    const isWrong = (file: SourceFile, from: string): boolean =>
      from.startsWith('main/') ||
      from.startsWith('node:') ||
      (file.path.startsWith('preload/') && isOurs(from));
    expect(wrong(windowSide, isWrong)).toEqual([]);
  });

  test('the typed client knows no page, and the pages of a domain know no frame around them', () => {
    const client = shipped.filter((file) => file.path.startsWith('renderer/client/'));
    expect(wrong(client, (_file, from) => /^renderer\/(domains|app)\//.test(from))).toEqual([]);
    const pages = shipped.filter((file) => file.path.startsWith('renderer/domains/'));
    expect(wrong(pages, (_file, from) => from.startsWith('renderer/app/'))).toEqual([]);
  });

  test('pages of a domain show of another one only the parts that are listed for it, and each of those is shown', () => {
    const foreign = shipped
      .filter((file) => file.path.startsWith('renderer/domains/'))
      .flatMap((file) => file.imports.map(({ from }) => ({ by: file.path, from })))
      .filter(({ by, from }) => from.startsWith('renderer/domains/') && domainOf(from) !== domainOf(by));
    const listed = Object.entries(RENDERER_PARTS).flatMap(([domain, parts]) =>
      parts.map((part) => `renderer/domains/${domain}/${part}`),
    );
    const unlisted = foreign.filter(({ from }) => !listed.includes(from));
    expect(unlisted.map(({ by, from }) => `${by} imports ${from}`)).toEqual([]);
    const shown = new Set(foreign.map(({ from }) => from));
    expect(listed.filter((part) => !shown.has(part))).toEqual([]);
  });

  test('the design system knows no domain and no client', () => {
    const ui = shipped.filter((file) => file.path.startsWith('renderer/ui/'));
    expect(
      wrong(ui, (_file, from) => /^(renderer\/(domains|client|app)|shared\/(domains|contract))\//.test(from)),
    ).toEqual([]);
  });
});

describe('what ships', () => {
  test('only the entry of the practice fleet, which is a program of its own, comes from the test rooms', () => {
    expect(
      wrong(
        shipped,
        (_file, from) => from.startsWith('main/testing/') && !from.endsWith('/lab-packages.mjs'),
      ),
    ).toEqual([]);
  });

  test('the build has one entry from the test rooms, and what it takes from there is the practice fleet alone', () => {
    const build = readFileSync(join(root, 'electron.vite.config.ts'), 'utf8');
    const entries = [...build.matchAll(/at\('(main\/[^']+\.ts)'\)/g)].map((found) => found[1] ?? '');
    expect(entries.length).toBeGreaterThan(5);
    expect(entries.filter((entry) => entry.startsWith('main/testing/'))).toEqual([
      'main/testing/practice/practice-process.ts',
    ]);
    const practice = files.filter((file) => file.path.startsWith('main/testing/practice/'));
    const taken = new Set<string>();
    const take = (path: string): void => {
      if (taken.has(path)) return;
      taken.add(path);
      for (const { from, typeOnly } of practice.find((file) => file.path === path)?.imports ?? [])
        if (!typeOnly) take(from);
    };
    take('main/testing/practice/practice-process.ts');
    expect(taken.size).toBeGreaterThan(20);
    const elsewhere = [...taken].filter(
      (path) =>
        /^(main\/(testing(?!\/practice\/)|domains|app)|renderer)\//.test(path) || path.endsWith('.test.ts'),
    );
    expect(elsewhere).toEqual([]);
  });

  test('nothing that ships imports a package needed only for development, the renderer’s bundled ones apart', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const engine = shipped.filter((file) => file.path.startsWith('main/') && file.path.endsWith('.ts'));
    const isMissing = (_file: SourceFile, from: string): boolean => {
      if (isOurs(from) || from.startsWith('node:') || from === 'package.json' || from === 'electron')
        return false;
      const name = from.startsWith('@') ? from.split('/').slice(0, 2).join('/') : from.split('/')[0];
      return name === undefined || !(name in dependencies);
    };
    expect(wrong(engine, isMissing)).toEqual([]);
  });

  test('the bridge stays generic and under 60 lines', () => {
    const bridge = files.find((file) => file.path === 'preload/bridge.ts');
    expect(bridge?.lines).toBeLessThan(60);
    expect(Object.keys(contract).filter((domain) => bridge?.text.includes(`${domain}.`))).toEqual([]);
  });
});

describe('domains', () => {
  const folders = (side: string): string[] => {
    const path = join(root, side, 'domains');
    return existsSync(path) ? readdirSync(path).sort() : [];
  };

  test('shared, main and the contract name the same domains', () => {
    const inContract = Object.keys(contract).sort();
    expect(folders('shared')).toEqual(inContract);
    expect(folders('main')).toEqual(inContract);
  });

  test('the renderer has a folder for each of them', () => {
    expect(folders('renderer')).toEqual(Object.keys(contract).sort());
  });

  test('every operation has a summary and every refusal a whole sentence', () => {
    const bad: string[] = [];
    for (const [domain, operations] of Object.entries(contract)) {
      for (const [name, operation] of Object.entries(operations)) {
        if (operation.summary.length < 8) bad.push(`${domain}.${name}`);
        for (const [code, sentence] of Object.entries(operation.refusals as Record<string, string>)) {
          if (!/^[A-Z{].*[.!?]$/s.test(sentence) || !/^[a-z][a-z-]*$/.test(code))
            bad.push(`${domain}.${name} ${code}`);
        }
      }
    }
    expect(bad).toEqual([]);
  });
});

describe('schema files', () => {
  test('are named for their id, and all of them are in the one list, in order', () => {
    const ids = allSchema.map((step) => step.id);
    expect(ids).toEqual([...ids].sort());
    const inFolders = files.filter(
      (file) => /\/domains\/[^/]+\/schema\/[^/]+\.ts$/.test(file.path) && !isTest(file.path),
    );
    const named = inFolders.map((file) => file.path.split('/').at(-1)?.replace('.ts', '') ?? '');
    expect(named.sort()).toEqual(ids);
  });
});

describe('names and sizes', () => {
  test.each(['utils', 'helpers', 'common', 'manager', 'service', 'misc'])('nothing is called %s', (word) => {
    const named = files.filter((file) => new RegExp(`(^|[/-])${word}s?([/.-]|$)`).test(file.path));
    expect(named.map((file) => file.path)).toEqual([]);
  });

  test('files are kebab-case', () => {
    const odd = files.filter(
      (file) =>
        !/^[a-z0-9-]+(\.(lab|screen|setup|bench|test|d))*\.(ts|tsx|mjs)$/.test(
          file.path
            .split('/')
            .at(-1)
            ?.replace(/^\d{8}T\d{4}-/, '') ?? '',
        ),
    );
    expect(odd.map((file) => file.path)).toEqual([]);
  });

  test('no file of the product is longer than 400 lines', () => {
    const long = shipped.filter((file) => file.lines > 400).map((file) => `${file.path}: ${file.lines}`);
    expect(long).toEqual([]);
  });

  test('no folder of a domain holds more than 60 files: a larger one is divided by its nouns', () => {
    const inFolder = new Map<string, number>();
    for (const { path } of files.filter((file) => file.path.startsWith('main/domains/'))) {
      const folder = path.slice(0, path.lastIndexOf('/'));
      inFolder.set(folder, (inFolder.get(folder) ?? 0) + 1);
    }
    expect(inFolder.size).toBeGreaterThan(20);
    expect([...inFolder].filter(([, count]) => count > 60)).toEqual([]);
  });

  test('no suppression without its reason', () => {
    const bare = files.filter(
      (file) =>
        /(?:oxlint-disable|eslint-disable|@ts-expect-error|@ts-ignore)(?!.*(?:--|:).{8})/.test(file.text) &&
        !file.path.startsWith('main/testing/laws/'),
    );
    expect(bare.map((file) => file.path)).toEqual([]);
  });
});

describe('unit tests, many of which share a process', () => {
  const shared = files.filter(
    // Those of the desktop that stand in for Electron have a process each (vitest.config.ts).
    ({ path }) =>
      isTest(path) && !/\.(lab|screen)\.test\.ts$|^main\/(app\/desktop|testing\/laws)\//.test(path),
  );

  test.each([
    ['replace no module', /vi\.(?:do)?[mM]ock\(/, undefined],
    ['do not change the folder', /process\.chdir\(/, undefined],
    [
      'do not write the environment by hand',
      /process\.env(?:\.\w+|\[[^\]]+\]) \??\??=[^=]|delete process\.env/,
      undefined,
    ],
    ['put the environment back', /vi\.stubEnv\(/, /vi\.unstubAllEnvs\(/],
    ['put globals back', /vi\.stubGlobal\(/, /vi\.unstubAllGlobals\(/],
    ['put the clock back', /vi\.useFakeTimers\(/, /vi\.useRealTimers\(/],
  ] as const)('%s', (_what, changes, putsBack) => {
    const found = shared.filter(({ text }) => changes.test(text) && !(putsBack?.test(text) ?? false));
    expect(found.map(({ path }) => path)).toEqual([]);
  });
});
