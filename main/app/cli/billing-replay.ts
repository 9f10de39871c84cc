import { readFile } from 'node:fs/promises';
import { replayFile, type EntryVerdict, type ReplayIssue } from '../../domains/billing/replay/file-replay.ts';
import { CommandLineError } from './command-line.ts';
import { EXIT } from './exit-codes.ts';

/**
 * `innkeeper billing replay FILE`: billing stories or vectors, run through the rating core; a line for each, then the count. With
 * `--json` one document.
 *
 * @returns the exit code: 1 when one failed, 2 when all that were read passed but something in the file is wrong
 * @throws CommandLineError naming what is wrong with the file as a whole
 */
export async function billingReplay(
  words: readonly string[],
  { json, print }: { readonly json: boolean; readonly print: (words: string) => void },
): Promise<number> {
  const [verb, file, ...more] = words;
  if (verb !== 'replay')
    throw new CommandLineError(
      `"billing ${verb ?? ''}" is not known: there are "billing replay FILE" and "billing run".`,
    );
  if (file === undefined) throw new CommandLineError('Which file? innkeeper billing replay FILE');
  if (more.length > 0) throw new CommandLineError('One file at a time: innkeeper billing replay FILE');
  const verdicts = replayFile(await contentOf(file));
  if ('issues' in verdicts)
    throw new CommandLineError([`${file} cannot be replayed.`, ...issueLines(verdicts.issues)].join('\n'));
  const notRead = verdicts.filter(({ fault }) => fault === 'not-read').length;
  const passed = verdicts.filter(({ fault }) => fault === null).length;
  const failed = verdicts.length - passed - notRead;
  if (json) print(JSON.stringify({ passed, failed, notRead, entries: verdicts.map(entryOf) }, null, 2));
  else {
    for (const verdict of verdicts) print(linesOf(verdict).join('\n'));
    print(`${passed} passed, ${failed} failed${notRead === 0 ? '' : `, ${notRead} not read`}`);
  }
  if (failed > 0) return EXIT.replayFailed;
  return verdicts.some(({ issues }) => issues !== undefined) ? EXIT.badInput : EXIT.done;
}

function linesOf({ name, fault, issues = [] }: EntryVerdict): string[] {
  if (fault === 'not-read') return [`NOT READ ${name}`, ...issueLines(issues)];
  if (fault === null) return [`passed ${name}`, ...issueLines(issues)];
  return [`FAILED ${name}`, `  expected ${fault.expected}`, `  got      ${fault.got}`, ...issueLines(issues)];
}

function entryOf({ name, fault, issues }: EntryVerdict): object {
  if (fault === 'not-read') return { name, result: 'not-read', issues };
  const wrong = issues === undefined ? {} : { issues };
  return fault === null
    ? { name, result: 'passed', ...wrong }
    : { name, result: 'failed', ...fault, ...wrong };
}

function issueLines(issues: readonly ReplayIssue[]): string[] {
  return issues.map(({ path, message }) => `  ${path === '' ? '(file)' : path}: ${message}`);
}

async function contentOf(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandLineError(`${file} cannot be read: ${(error as Error).message}`);
  }
  try {
    // A mark of byte order, which some editors write, is none of it.
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch (error) {
    throw new CommandLineError(`${file} is not JSON.\n  (file): ${(error as Error).message}`);
  }
}
