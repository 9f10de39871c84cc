import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { programFolder } from '../program-folders.ts';
import { SETTINGS } from './settings.ts';

test('the documentation lists exactly the settings there are, with their variables', () => {
  const text = readFileSync(join(programFolder, 'docs/settings.md'), 'utf8');
  const documented = [...text.matchAll(/^\| `(\w+)` \| `(INNKEEPER_\w+)` \|/gm)].map((row) => [
    row[1],
    row[2],
  ]);
  expect(documented).toEqual(Object.entries(SETTINGS).map(([name, { variable }]) => [name, variable]));
});
