import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

export const root = normalize(join(import.meta.dirname, '../../..'));

export interface SourceFile {
  /** From the top of the repository, with slashes: `main/app/cli/cli.ts`. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  /** What it imports: paths of ours from the top, packages by name. */
  readonly imports: readonly { readonly from: string; readonly typeOnly: boolean }[];
}

const TOPS = ['main', 'renderer', 'preload', 'shared'];

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (/\.(ts|tsx|mjs)$/.test(entry.name)) yield path;
  }
}

const IMPORT =
  /^\s*(?:import|export)\s+(type\s)?[^'";]*?from\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

function importsOf(path: string, text: string): SourceFile['imports'] {
  return [...text.matchAll(IMPORT)].map((found) => {
    const target = found[2] ?? found[3] ?? found[4] ?? '';
    const from = target.startsWith('.')
      ? relative(root, join(root, dirname(path), target)).replaceAll('\\', '/')
      : target;
    return { from, typeOnly: found[1] !== undefined };
  });
}

/** Every source file of the repository, tests among them. */
export function sourceFiles(): SourceFile[] {
  const files: SourceFile[] = [];
  for (const top of TOPS) {
    for (const full of walk(join(root, top))) {
      const path = relative(root, full).replaceAll('\\', '/');
      const text = readFileSync(full, 'utf8');
      files.push({ path, text, lines: text.split('\n').length - 1, imports: importsOf(path, text) });
    }
  }
  return files;
}

export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path);
}

/** `main/domains/fleet/vms/vm-store.ts` → `fleet`. */
export function domainOf(path: string): string | undefined {
  return /^(?:shared|main|renderer)\/domains\/([^/]+)\//.exec(path)?.[1];
}
