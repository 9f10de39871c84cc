/** One metric, as Prometheus' text format 0.0.4 declares it before its samples. */
export interface MetricFamily {
  /** With its unit at the end: `…_seconds`, `…_bytes`, `…_ratio`. */
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
}

export type MetricLabels = Readonly<Record<string, string>>;

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** The two lines a metric begins with. All its samples follow at once, before the next metric. */
export function familyLines({ name, help, type }: MetricFamily): string {
  if (!NAME.test(name)) throw new RangeError(`${name} is no name of a metric`);
  return `# HELP ${name} ${escaped(help)}\n# TYPE ${name} ${type}\n`;
}

/**
 * One sample as a line. https://prometheus.io/docs/instrumenting/exposition_formats/: a label's value may hold anything, with
 * backslash, quote and line feed escaped.
 */
export function sampleLine(name: string, labels: MetricLabels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => {
    if (!LABEL.test(label)) throw new RangeError(`${label} is no name of a label`);
    return `${label}="${escaped(text).replaceAll('"', '\\"')}"`;
  });
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${number(value)}\n`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function number(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
