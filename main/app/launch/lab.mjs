// `npm run lab -- up 2`: the lab's command under the Node of this repository, whatever Node started this.
import { fileURLToPath } from 'node:url';
import { ensureDependencies, node, runChild } from './setup.mjs';

ensureDependencies();
const command = fileURLToPath(new URL('../../testing/lab/lab-command.ts', import.meta.url));
const { code } = await runChild(node, [command, ...process.argv.slice(2)]);
process.exit(code ?? 1);
