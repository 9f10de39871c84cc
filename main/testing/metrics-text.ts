export interface ParsedMetric {
  readonly help: string;
  readonly type: string;
  /** By labels, as sorted JSON. */
  readonly samples: ReadonlyMap<string, number>;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*';
const VALUE = '(?:[^"\\\\\\n]|\\\\[\\\\"n])*';
const PAIR = new RegExp(`(${LABEL})="(${VALUE})"`, 'y');
const SAMPLE = new RegExp(`^(${NAME})(?:\\{((?:${LABEL}="${VALUE}",?)*)\\})? (-?\\d\\S*|NaN|[+-]Inf)$`);
const HELP = new RegExp(`^# HELP (${NAME}) ((?:[^\\\\]|\\\\[\\\\n])*)$`);
const TYPE = new RegExp(`^# TYPE (${NAME}) (gauge|counter|histogram|summary|untyped)$`);

/**
 * Reads Prometheus' text format 0.0.4 and nothing else: each metric once, HELP and TYPE first, its samples together, no sample twice, every
 * escape one that there is, a line feed at the end. Throws with the line that is wrong.
 */
export function parseMetricsText(text: string): Map<string, ParsedMetric> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const metrics = new Map<string, ParsedMetric & { samples: Map<string, number> }>();
  let now: { name: string; help: string } | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const help = HELP.exec(line);
    const type = TYPE.exec(line);
    const sample = SAMPLE.exec(line);
    if (help) {
      const [, name = '', words = ''] = help;
      if (metrics.has(name)) throw new Error(`${name} comes twice`);
      now = { name, help: unescaped(words) };
    } else if (type) {
      if (now?.name !== type[1] || metrics.has(now?.name ?? '')) throw new Error(`out of place: ${line}`);
      metrics.set(now?.name ?? '', { help: now?.help ?? '', type: type[2] ?? '', samples: new Map() });
    } else if (sample) {
      const [, name = '', labels = '', value = ''] = sample;
      const metric = metrics.get(name);
      if (metric === undefined || now?.name !== name) throw new Error(`not where its metric is: ${line}`);
      const key = keyOf(labels);
      if (metric.samples.has(key)) throw new Error(`twice: ${line}`);
      metric.samples.set(key, Number(value.replace('Inf', 'Infinity')));
    } else throw new Error(`no line of the format: ${line}`);
  }
  return metrics;
}

function keyOf(labels: string): string {
  const pairs: [string, string][] = [];
  PAIR.lastIndex = 0;
  for (let at = 0; at < labels.length; at = PAIR.lastIndex + 1) {
    PAIR.lastIndex = at;
    const [, label = '', value = ''] = PAIR.exec(labels) ?? [];
    if (label === '' || pairs.some(([known]) => known === label)) throw new Error(`wrong labels: ${labels}`);
    pairs.push([label, unescaped(value)]);
  }
  return JSON.stringify(Object.fromEntries(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

function unescaped(text: string): string {
  return text.replaceAll(/\\([\\"n])/g, (_, letter: string) => (letter === 'n' ? '\n' : letter));
}
