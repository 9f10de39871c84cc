import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BenchResult } from './bench-result.ts';

// `npm run bench -- NAME [--json]`: exit 0 when every limit holds, 1 when one does not, 2 for an unknown name.
const folder = import.meta.dirname;
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.replace(/\.bench\.ts$/, ''));
const words = process.argv.slice(2);
const [name] = words.filter((word) => !word.startsWith('--'));
if (name === undefined || !names.includes(name)) {
  process.stderr.write(`Which bench? npm run bench -- ${names.join(' | ')} [--json]\n`);
  process.exit(2);
}
const { run } = (await import(pathToFileURL(join(folder, `${name}.bench.ts`)).href)) as {
  run: () => Promise<BenchResult>;
};
const result = await run();
process.stdout.write(words.includes('--json') ? `${JSON.stringify(result)}\n` : inWords(result));
process.exit(result.limits.every((limit) => limit.ok) ? 0 : 1);

function inWords(measured: BenchResult): string {
  const width = Math.max(...[...measured.metrics, ...measured.limits].map(({ metric }) => metric.length));
  const row = (metric: string, value: number, rest: string): string =>
    `  ${metric.padEnd(width)}  ${figure(value).padStart(10)} ${rest}`;
  return [
    `${measured.name} on ${measured.machine}`,
    ...measured.metrics.map(({ metric, value, unit, note }) =>
      row(metric, value, unit + (note === undefined ? '' : `  (${note})`)),
    ),
    `  beside: ${measured.baseline}`,
    'limits',
    ...measured.limits.map(({ metric, value, unit, atMost, atLeast, ok }) =>
      row(
        metric,
        value,
        `${unit}  ${atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`}  ${ok ? 'ok' : 'MISSED'}`,
      ),
    ),
    '',
  ].join('\n');
}

function figure(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
