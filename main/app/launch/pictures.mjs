// `npm run pictures [-- NAME …]`: takes the pictures of README and guide anew (Chromium is needed).
import { fileURLToPath } from 'node:url';
import { ensureDependencies, node, runChild } from './setup.mjs';

ensureDependencies();
const script = fileURLToPath(new URL('../../testing/pictures/take-pictures.ts', import.meta.url));
const { code } = await runChild(node, [
  '--disable-warning=ExperimentalWarning',
  script,
  ...process.argv.slice(2),
]);
process.exit(code ?? 1);
