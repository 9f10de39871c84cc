import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder that holds package.json: the checkout, or the packed application. */
export const programFolder = findUp(dirname(fileURLToPath(import.meta.url)));
export const rendererFolder = join(programFolder, 'dist/renderer');
export const resourcesFolder = join(programFolder, 'resources');
/** Built entries; run from sources (tests, benches) they are the same build. */
export const entriesFolder = join(programFolder, 'dist/main');

function findUp(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder)
    throw new Error('Innkeeper is not installed whole: package.json is missing above its program files.');
  return findUp(parent);
}
