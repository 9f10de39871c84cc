import type { DaySpan } from './period-rules.ts';

/** Spans in order, those that touch or overlap made one. */
export function joined(spans: readonly DaySpan[]): DaySpan[] {
  const result: DaySpan[] = [];
  for (const span of spans.toSorted((one, other) => one.from - other.from)) {
    const last = result.at(-1);
    if (span.to <= span.from) continue;
    if (last !== undefined && span.from <= last.to)
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    else result.push({ from: span.from, to: span.to });
  }
  return result;
}

/** The days of `span` that are in none of `others`. */
export function without(span: DaySpan, others: readonly DaySpan[]): DaySpan[] {
  const left: DaySpan[] = [];
  let from = span.from;
  for (const other of joined(others)) {
    if (other.to <= from || other.from >= span.to) continue;
    if (other.from > from) left.push({ from, to: other.from });
    from = Math.max(from, other.to);
  }
  if (from < span.to) left.push({ from, to: span.to });
  return left;
}
