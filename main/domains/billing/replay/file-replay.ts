import type { z } from 'zod';
import { storyShape } from './story-file.ts';
import { replayStory, type ReplayVerdict } from './story-replay.ts';
import { vectorShapes } from './vector-replay.ts';

/** What is wrong in a file, and where. */
export interface ReplayIssue {
  readonly path: string;
  readonly message: string;
}

/** A file that is none of the formats, with where it is wrong. */
export interface BadReplayFile {
  readonly issues: readonly ReplayIssue[];
}

/** How an entry of a file went. One that cannot be read was not replayed: nothing was expected of it and it got nothing. */
export interface EntryVerdict extends Omit<ReplayVerdict, 'fault'> {
  readonly fault: ReplayVerdict['fault'] | 'not-read';
  /** What is wrong with it as it was written: why it was not read, or what was left aside. Absent: nothing. */
  readonly issues?: readonly ReplayIssue[];
}

const VECTORS = Object.keys(vectorShapes) as (keyof typeof vectorShapes)[];

/**
 * Replays a file of billing stories, of date and proration vectors, or of both, through the rating core. Each entry is read on its own,
 * so that one that is wrong keeps none of the others from being replayed.
 *
 * @param content what the file says, parsed
 * @returns how each entry went, or what is wrong with the file
 */
export function replayFile(content: unknown): readonly EntryVerdict[] | BadReplayFile {
  const told: Record<string, unknown> = Array.isArray(content)
    ? { '': content as unknown[] }
    : isRecord(content)
      ? content
      : {};
  const lists = Object.entries(told).filter(([name]) => ['', 'stories', 'vectors'].includes(name));
  if (lists.length === 0)
    return badFile('', `neither "stories" nor "vectors" with one of ${VECTORS.join(', ')}`);
  const verdicts: EntryVerdict[] = [];
  for (const [name, entries] of lists) {
    if (!Array.isArray(entries)) return badFile(name, 'a list of entries');
    for (const [index, entry] of entries.entries())
      verdicts.push(replayEntry(entry, { list: name, path: name === '' ? `${index}` : `${name}.${index}` }));
  }
  return verdicts.length > 0 ? verdicts : badFile(lists[0]?.[0] ?? '', 'there is nothing to replay in it');
}

function badFile(path: string, message: string): BadReplayFile {
  return { issues: [{ path, message }] };
}

function isRecord(said: unknown): said is Record<string, unknown> {
  return typeof said === 'object' && said !== null && !Array.isArray(said);
}

interface Place {
  /** `stories` or `vectors`; '' in a file that is a list alone. */
  readonly list: string;
  readonly path: string;
}

function replayEntry(entry: unknown, { list, path }: Place): EntryVerdict {
  const unread = (issues: readonly ReplayIssue[]): EntryVerdict => {
    const id = isRecord(entry) ? (entry['id'] ?? entry['test']) : undefined;
    return { name: typeof id === 'string' ? `${path} ${id}` : path, fault: 'not-read', issues };
  };
  if (!isRecord(entry)) return unread([{ path, message: 'an object' }]);
  const expects = VECTORS.find((name) => name in entry);
  const isStory = list === 'stories' || (list === '' && expects === undefined);
  if (!isStory && expects === undefined)
    return unread([{ path, message: `a vector expects one of ${VECTORS.join(', ')}` }]);
  const read = readEntry(isStory ? storyEntry : vectorShapes[expects ?? 'expectedCycles'], entry, path);
  if (!('replay' in read)) return unread(read.issues);
  const verdict = read.replay(path);
  return read.issues.length === 0 ? verdict : { ...verdict, issues: read.issues };
}

/** Fields that any part of an entry may have, for people to read. */
const FOR_PEOPLE = new Set(
  'note notes comment comments description name title why reason source test suite ref url licence license'.split(
    ' ',
  ),
);

type Read = BadReplayFile | (BadReplayFile & { readonly replay: (path: string) => ReplayVerdict });

const storyEntry = storyShape.transform(
  (story) =>
    (path: string): ReplayVerdict =>
      replayStory(story, story.id ?? path),
);

/** Reads an entry; fields that its format does not have are left aside, and told of where they are not for people to read. */
function readEntry(
  schema: z.ZodType<(path: string) => ReplayVerdict>,
  entry: Readonly<Record<string, unknown>>,
  path: string,
): Read {
  const first = schema.safeParse(entry);
  if (first.success) return { replay: first.data, issues: [] };
  const unknown = first.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [],
  );
  const leftAside = unknown
    .filter((of) => !FOR_PEOPLE.has(String(of.at(-1))) && !/^[_$]/.test(String(of.at(-1))))
    .map((of) => ({
      path: [path, ...of].map(String).join('.'),
      message: 'is no field here, and was left aside',
    }));
  const again = unknown.length === 0 ? first : schema.safeParse(without(entry, unknown));
  if (again.success) return { replay: again.data, issues: leftAside };
  const issues = again.error.issues.map((issue) => ({
    path: [path, ...issue.path].map(String).join('.'),
    message: issue.message.endsWith('received undefined') ? 'is missing' : issue.message,
  }));
  return { issues: [...issues, ...leftAside] };
}

function without(entry: Readonly<Record<string, unknown>>, paths: readonly PropertyKey[][]): unknown {
  const copy = structuredClone(entry);
  for (const path of paths) {
    let at: unknown = copy;
    for (const step of path.slice(0, -1)) at = (at as Record<PropertyKey, unknown>)[step];
    delete (at as Record<PropertyKey, unknown>)[path.at(-1) ?? ''];
  }
  return copy;
}
