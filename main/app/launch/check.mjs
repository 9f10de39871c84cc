// `npm run check`: formatter, typed lint, compiler and the laws of the repository, side by side.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureDependencies, root, toolEnvironment } from './setup.mjs';

ensureDependencies();
const bin = (name) => join(root, 'node_modules/.bin', name);
const checks = [
  ['format', bin('oxfmt'), ['--check']],
  ['lint', bin('oxlint'), ['--deny-warnings']],
  ['types', bin('tsc'), ['-p', '.']],
  ['laws', bin('vitest'), ['run', '--project', 'unit', 'main/testing/laws', '--reporter=dot']],
];
const startedMs = Date.now();
const results = await Promise.all(
  checks.map(
    ([name, command, args]) =>
      new Promise((resolve) => {
        let output = '';
        const child = spawn(command, args, { cwd: root, env: toolEnvironment({ FORCE_COLOR: '0' }) });
        child.stdout.on('data', (chunk) => (output += chunk));
        child.stderr.on('data', (chunk) => (output += chunk));
        child.on('error', (error) => resolve({ name, code: 1, output: error.message }));
        child.on('close', (code) => resolve({ name, code: code ?? 1, output }));
      }),
  ),
);
for (const { name, code, output } of results) {
  process.stdout.write(`${code === 0 ? 'ok  ' : 'FAIL'} ${name}\n`);
  if (code !== 0) process.stdout.write(`${output}\n`);
}
process.stdout.write(`${((Date.now() - startedMs) / 1000).toFixed(1)} s\n`);
process.exit(results.every((result) => result.code === 0) ? 0 : 1);
