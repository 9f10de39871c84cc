import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'vite';
import { root } from './laws/source-files.ts';

/** Beside what Node keeps of what it compiled; a name of its own for each program, so that this is found again. */
const folder = join(root, 'node_modules/.cache/innkeeper-programs');
/** What reads files beside itself, and what is tried for and done without. */
const external = ['pdfkit', 'fontkit', 'cpu-features', 'bufferutil', 'utf-8-validate'];

const built = new Map<string, Promise<string>>();

/**
 * The file of a program of the tests (`run-child.ts`, beside this one) that is started again and again, built into one with its packages:
 * Node starts it in a third of the processor time that its hundreds of modules take. Built once by each process that asks.
 */
export async function builtProgram(name: string): Promise<string> {
  const there = built.get(name) ?? buildProgram(name);
  built.set(name, there);
  return await there;
}

async function buildProgram(name: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  // Others may build the same, or run it: it comes into its place whole.
  const outDir = mkdtempSync(join(folder, 'build-'));
  const file = name.replace(/\.ts$/, '.mjs');
  try {
    await build({
      root,
      configFile: false,
      logLevel: 'error',
      plugins: [asFromItsSource],
      ssr: { noExternal: true, external },
      build: {
        ssr: join(import.meta.dirname, name),
        target: 'node24',
        minify: false,
        outDir,
        rolldownOptions: {
          external: [/\.node$/],
          output: { format: 'es', entryFileNames: file, codeSplitting: false },
        },
      },
    });
    renameSync(join(outDir, file), join(folder, file));
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
  return join(folder, file);
}

/** Each source finds the files beside it where they are. */
const asFromItsSource: Plugin = {
  name: 'as-from-its-source',
  enforce: 'pre',
  transform: (code, id) =>
    id.includes('node_modules') || !code.includes('import.meta.')
      ? undefined
      : code
          .replaceAll('import.meta.dirname', JSON.stringify(dirname(id)))
          .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href)),
};
