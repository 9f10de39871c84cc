import { runCommandLine } from './run-command-line.ts';

// The process of a command: its words, its streams, what ends it.
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

process.exitCode = await runCommandLine(process.argv.slice(2), {
  environment: process.env,
  stdin: process.stdin,
  print: (words) => void process.stdout.write(`${words}\n`),
  say: (words) => void process.stderr.write(`${words}\n`),
  signal: stop.signal,
});
