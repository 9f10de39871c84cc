import { z } from 'zod';
import { OperatingFailure } from '../calls/operating-failure.ts';

const TIMEOUT_MS = 5_000;
/** A chart has some thousand points; what claims more is not a chart. */
const ANSWER_MAX_BYTES = 8 * 2 ** 20;

/** https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries */
const answerSchema = z.union([
  z.object({
    status: z.literal('success'),
    data: z.object({
      resultType: z.literal('matrix'),
      result: z.array(
        z.object({
          metric: z.record(z.string(), z.string()),
          values: z.array(z.tuple([z.number(), z.string()])),
        }),
      ),
    }),
  }),
  z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() }),
]);

export interface RangeQuery {
  readonly query: string;
  /** First and last instant, epoch seconds, both evaluated. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly stepSeconds: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The values of the one series a range query gives, by epoch seconds; empty where it gives none.
 *
 * @param address of a Prometheus, or of whatever answers its HTTP API, with the path before `/api/v1`
 * @throws OperatingFailure `prometheus-away` when it does not answer or refuses
 */
export async function queryRange(address: string, asked: RangeQuery): Promise<Map<number, number>> {
  const answer = await ask(address, asked);
  if (answer.status === 'error')
    throw away(address, `it refused the query (${answer.errorType}: ${answer.error})`);
  const [series] = answer.data.result;
  return new Map((series?.values ?? []).map(([at, text]) => [at, Number(text)]));
}

async function ask(address: string, asked: RangeQuery): Promise<z.infer<typeof answerSchema>> {
  const { query, startSeconds, endSeconds, stepSeconds, signal } = asked;
  const form = { query, start: String(startSeconds), end: String(endSeconds), step: String(stepSeconds) };
  const deadline = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const response = await fetch(`${address.replace(/\/+$/, '')}/api/v1/query_range`, {
      method: 'POST',
      body: new URLSearchParams(form),
      redirect: 'error',
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    });
    const text = await readCapped(response);
    const parsed = answerSchema.safeParse(parse(text));
    if (parsed.success) return parsed.data;
    throw away(address, `what it answered (HTTP ${response.status}) is not Prometheus’ API`);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof OperatingFailure) throw error;
    throw away(address, deadline.aborted ? `no answer in ${TIMEOUT_MS / 1000} s` : causeOf(error));
  }
}

async function readCapped(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > ANSWER_MAX_BYTES) throw new Error('it answered with more than a chart can show');
  }
  return text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function causeOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}

function away(address: string, why: string): OperatingFailure {
  return new OperatingFailure({
    code: 'prometheus-away',
    sentence: `Prometheus at ${new URL(address).host} does not answer: ${why}.`,
    mayRetry: true,
  });
}
