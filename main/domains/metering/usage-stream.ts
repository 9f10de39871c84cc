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
/** Batches on their way at once: one is read and one on its way to the engine while another is written. */
const AT_ONCE = 3;
const COLUMNS = ['id', 'subscriptionId', 'meter', 'at', 'quantity', 'member'] as const;

/**
 * Records events line by line, in batches, a few of them on their way at once; no more is read until one is recorded for good, so a stream
 * may be without end. What is sent again after a break counts once. A line is one event: a JSON object, or of a CSV with a head line its
 * columns. A line that is none is a problem of its own.
 *
 * @param send records a batch; what it throws ends the stream, once the others on their way have ended
 */
export async function recordUsageStream(
  lines: AsyncIterable<string> | Iterable<string>,
  form: UsageForm,
  send: (events: readonly ToldEvent[]) => Promise<UsageRecorded>,
): Promise<StreamRecorded> {
  const sending = new Sending(send);
  let batch: LinedEvent[] = [];
  const read = form === 'csv' ? new CsvLines() : { eventOf };
  let number = 0;
  try {
    for await (const line of lines) {
      number += 1;
      const words = number === 1 ? line.replace(/^\uFEFF/, '') : line;
      if (words.trim() === '') continue;
      const event = read.eventOf(words);
      if (event === null) continue;
      if (typeof event === 'string') {
        sending.refused(number, event);
        continue;
      }
      batch.push({ line: number, event });
      if (batch.length < BATCH) continue;
      await sending.take(batch);
      batch = [];
    }
    if (batch.length > 0) await sending.take(batch);
  } finally {
    await sending.settled();
  }
  return sending.recorded();
}

interface LinedEvent {
  readonly line: number;
  readonly event: ToldEvent;
}

/** Batches on their way, and what came of all. */
class Sending {
  private readonly total = { received: 0, counted: 0, repeated: 0, held: 0, refused: 0 };
  private problems: UsageProblem[] = [];
  private readonly onTheirWay = new Set<Sent>();
  private failed: { readonly error: unknown } | undefined;
  private readonly send: (events: readonly ToldEvent[]) => Promise<UsageRecorded>;

  constructor(send: (events: readonly ToldEvent[]) => Promise<UsageRecorded>) {
    this.send = send;
  }

  /** Sends a batch as soon as there is room for it; throws what has ended the stream meanwhile. */
  async take(batch: readonly LinedEvent[]): Promise<void> {
    const ids = new Set(batch.map(({ event }) => event.id));
    // What an id says first stands: who says it again goes behind whoever has said it.
    for (const before of this.onTheirWay)
      if (batch.some(({ event }) => before.ids.has(event.id))) await before.ended;
    while (this.onTheirWay.size >= AT_ONCE)
      await Promise.race([...this.onTheirWay].map(({ ended }) => ended));
    this.throwFailed();
    const sent: Sent = { ids, ended: this.record(batch).finally(() => this.onTheirWay.delete(sent)) };
    this.onTheirWay.add(sent);
  }

  refused(line: number, why: string): void {
    this.total.received += 1;
    this.total.refused += 1;
    this.tell([{ index: line, id: '', what: 'refused', sentence: `Line ${line} ${why}` }]);
  }

  async settled(): Promise<void> {
    await Promise.all([...this.onTheirWay].map(({ ended }) => ended));
  }

  recorded(): StreamRecorded {
    this.throwFailed();
    return { ...this.total, problems: this.problems };
  }

  /** Never rejects. */
  private async record(batch: readonly LinedEvent[]): Promise<void> {
    try {
      const recorded = await this.send(batch.map(({ event }) => event));
      for (const what of ['received', 'counted', 'repeated', 'held', 'refused'] as const)
        this.total[what] += recorded[what];
      this.tell(recorded.problems.map((problem) => ({ ...problem, index: batch[problem.index]?.line ?? 0 })));
    } catch (error) {
      this.failed ??= { error };
    }
  }

  private throwFailed(): void {
    if (this.failed !== undefined) throw this.failed.error;
  }

  /** The first ones of the stream, in whatever order its batches end. */
  private tell(problems: readonly UsageProblem[]): void {
    if (problems.length === 0) return;
    const all = [...this.problems, ...problems].toSorted((one, other) => one.index - other.index);
    this.problems = all.slice(0, PROBLEMS_MAX);
  }
}

interface Sent {
  readonly ids: ReadonlySet<string>;
  readonly ended: Promise<void>;
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
