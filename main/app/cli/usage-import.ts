import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { UsageRecorded } from '../../../shared/domains/metering/metering-contract.ts';
import { recordUsageStream } from '../../domains/metering/usage-stream.ts';
import type { PipeCaller } from './call-over-pipe.ts';
import { CommandLineError } from './command-line.ts';
import { EXIT } from './exit-codes.ts';

/**
 * `innkeeper usage import FILE`: usage events of a file (`.csv`, else a JSON object on each line; `-` reads lines of JSON from stdin), in
 * batches. Prints the counts as JSON, and each problem with the number of its line on stderr. Import it again after a break: events
 * count once.
 *
 * @returns the exit code: 3 when something was refused or held
 * @throws CommandLineError for a file that cannot be read
 */
export async function usageImport(
  caller: PipeCaller,
  words: readonly string[],
  by: {
    readonly print: (words: string) => void;
    readonly say: (words: string) => void;
    readonly stdin: NodeJS.ReadableStream;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  const [verb, file] = words;
  if (verb !== 'import')
    throw new CommandLineError(`"usage ${verb ?? ''}" is not known: there is "usage import FILE".`);
  if (file === undefined) throw new CommandLineError('Which file? innkeeper usage import FILE');
  const input = file === '-' ? by.stdin : createReadStream(file, 'utf8');
  const { problems, ...counts } = await recordUsageStream(
    linesOf(input, file),
    /\.csv$/i.test(file) ? 'csv' : 'ndjson',
    async (events) =>
      (await caller.call('metering.usageRecord', { events }, { signal: by.signal })) as UsageRecorded,
  );
  for (const { index, what, sentence } of problems) by.say(`line ${index} ${what}: ${sentence}`);
  const untold = counts.held + counts.refused - problems.length;
  if (untold > 0) by.say(`and ${untold} more that were held or refused`);
  by.print(JSON.stringify(counts));
  return counts.held + counts.refused > 0 ? EXIT.refused : EXIT.done;
}

async function* linesOf(input: NodeJS.ReadableStream, file: string): AsyncGenerator<string> {
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
    throw new CommandLineError(`${file} cannot be read: ${(error as Error).message}`);
  }
}
