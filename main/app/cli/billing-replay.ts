import { readFile } from 'node:fs/promises';
import { replayFile } from '../../domains/billing/file-replay.ts';
import { CommandLineError } from './command-line.ts';
import { EXIT } from './exit-codes.ts';

/**
 * `innkeeper billing replay FILE`: billing stories or vectors, run through the rating core; a line for each, then the count.
 *
 * @returns the exit code: 1 when one failed
 * @throws CommandLineError naming the path in the file that is wrong
 */
export async function billingReplay(
  words: readonly string[],
  print: (words: string) => void,
): Promise<number> {
  const [verb, file] = words;
  if (verb !== 'replay')
    throw new CommandLineError(`"billing ${verb ?? ''}" is not known: there is "billing replay FILE".`);
  if (file === undefined) throw new CommandLineError('Which file? innkeeper billing replay FILE');
  const verdicts = replayFile(await contentOf(file));
  if ('issues' in verdicts) {
    const lines = verdicts.issues.map(
      ({ path, message }) => `  ${path === '' ? '(file)' : path}: ${message}`,
    );
    throw new CommandLineError([`${file} cannot be replayed.`, ...lines].join('\n'));
  }
  for (const { name, fault } of verdicts) {
    print(fault === null ? `passed ${name}` : `FAILED ${name}`);
    if (fault !== null) print(`  expected ${fault.expected}\n  got      ${fault.got}`);
  }
  const failed = verdicts.filter(({ fault }) => fault !== null).length;
  print(`${verdicts.length - failed} passed, ${failed} failed`);
  return failed === 0 ? EXIT.done : EXIT.replayFailed;
}

async function contentOf(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandLineError(`${file} cannot be read: ${(error as Error).message}`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new CommandLineError(`${file} is not JSON.\n  (file): ${(error as Error).message}`);
  }
}
