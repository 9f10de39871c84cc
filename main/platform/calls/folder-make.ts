import { mkdirSync } from 'node:fs';
import { OperatingFailure } from './operating-failure.ts';

/**
 * Makes a folder for this user alone, with those above it, unless it is there.
 * @throws OperatingFailure `folder-unusable`, naming the variable that chooses another
 */
export function makeFolder(path: string, variable: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new OperatingFailure({
      code: 'folder-unusable',
      sentence: `The folder ${path} cannot be made (${(error as Error).message}). Choose another: ${variable}.`,
      cause: error,
    });
  }
}
