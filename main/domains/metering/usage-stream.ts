import {
  PROBLEMS_MAX,
  usageEvent,
  type UsageProblem,
  type UsageRecorded,
} from '../../../shared/domains/metering/metering-contract.ts';
import type { ToldEvent } from '../../../shared/domains/metering/usage-event-rules.ts';

export const USAGE_FORMS = ['ndjson', 'csv'] as const;
export type UsageForm = (typeof USAGE_FORMS)[number];

/** What came of a file or a stream: counts of all its lines, and its first problems, `index` being the number of the line, from 1. */
export type StreamRecorded = UsageRecorded;

/** Events sent together: enough for the database to take them at once, few enough for others to come in between. */
const BATCH = 5000;
const COLUMNS = ['id', 'subscriptionId', 'meter', 'at', 'quantity', 'member'] as const;

/**
 * Records events line by line, in batches, each of them for good before the next is read: what is sent again after a break counts once.
 * A line is one event: a JSON object, or of a CSV with a head line its columns. A line that is none is a problem of its own.
 *
 * @param send records a batch; what it throws ends the stream
 */
export async function recordUsageStream(
  lines: AsyncIterable<string> | Iterable<string>,
  form: UsageForm,
  send: (events: readonly ToldEvent[]) => Promise<UsageRecorded>,
): Promise<StreamRecorded> {
  const total = { received: 0, counted: 0, repeated: 0, held: 0, refused: 0 };
  const problems: UsageProblem[] = [];
  const told = (problem: UsageProblem): void => {
    if (problems.length < PROBLEMS_MAX) problems.push(problem);
  };
  let batch: { readonly line: number; readonly event: ToldEvent }[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const sent = batch;
    batch = [];
    const recorded = await send(sent.map(({ event }) => event));
    total.received += recorded.received;
    total.counted += recorded.counted;
    total.repeated += recorded.repeated;
    total.held += recorded.held;
    total.refused += recorded.refused;
    for (const problem of recorded.problems) told({ ...problem, index: sent[problem.index]?.line ?? 0 });
  };
  const read = form === 'csv' ? new CsvLines() : { eventOf };
  let number = 0;
  for await (const line of lines) {
    number += 1;
    const words = number === 1 ? line.replace(/^\uFEFF/, '') : line;
    if (words.trim() === '') continue;
    const event = read.eventOf(words);
    if (event === null) continue;
    if (typeof event === 'string') {
      total.received += 1;
      total.refused += 1;
      told({ index: number, id: '', what: 'refused', sentence: `Line ${number} ${event}` });
      continue;
    }
    batch.push({ line: number, event });
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  return { ...total, problems };
}

function eventOf(line: string): ToldEvent | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'is not JSON: write one event on each, as {"id":…,"subscriptionId":…,"meter":…,"at":…,"quantity":…}.';
  }
  if (
    typeof value === 'object' &&
    value !== null &&
    'quantity' in value &&
    typeof value.quantity === 'number'
  )
    return 'has its quantity as a number, which is not exact: write it as text, such as "12.5".';
  return checked(value);
}

function checked(value: unknown): ToldEvent | string {
  const parsed = usageEvent.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return `is no event: ${issue?.path.join('.') || 'it'} is wrong (${issue?.message ?? 'another form'}).`;
}

/** Of a CSV (RFC 4180, no line breaks within fields) the first line names the columns, in any order. */
class CsvLines {
  private columns: readonly string[] | undefined;

  eventOf(line: string): ToldEvent | string | null {
    const fields = fieldsOf(line.replace(/\r$/, ''));
    if (fields === undefined) return 'has a quote that does not end.';
    if (this.columns === undefined) {
      const missing = COLUMNS.find((column) => column !== 'member' && !fields.includes(column));
      if (missing !== undefined)
        return `names no column ${missing}: the first line is ${COLUMNS.join(',')}, in any order; member may be left out.`;
      this.columns = fields;
      return null;
    }
    if (fields.length !== this.columns.length)
      return `has ${fields.length} fields instead of ${this.columns.length}.`;
    return checked(Object.fromEntries(this.columns.map((column, at) => [column, fields[at] ?? ''])));
  }
}

function fieldsOf(line: string): string[] | undefined {
  if (!line.includes('"')) return line.split(',').map((field) => field.trim());
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  for (;;) {
    const found = field.exec(line);
    if (found === null) return undefined;
    fields.push(found[1] === undefined ? (found[2] ?? '').trim() : found[1].replaceAll('""', '"'));
    if (found[3] === '') return fields;
  }
}
