// `npm run bench -- NAME [--json]`
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuilt, ensureDependencies, node, root, toolEnvironment } from './setup.mjs';

ensureDependencies();
ensureBuilt();
const done = spawnSync(
  node,
  [
    '--disable-warning=ExperimentalWarning',
    join(root, 'main/testing/bench/run-bench.ts'),
    ...process.argv.slice(2),
  ],
  {
    stdio: 'inherit',
    cwd: root,
    env: toolEnvironment(),
  },
);
process.exit(done.status ?? 1);
