import { readFileSync } from 'node:fs';
import { CallError } from '../../../shared/contract/call-error.ts';
import type { UsageRecorded } from '../../../shared/domains/metering/metering-contract.ts';
import { recordUsageStream } from '../../domains/metering/usage-stream.ts';
import { startLinesServer, type LinesAnswer } from '../../platform/http/lines-server.ts';
import type { LoopbackServer } from '../../platform/http/loopback-server.ts';
import type { Engine } from '../build-engine.ts';
import type { Settings } from '../settings/settings.ts';

const FORMS = { 'application/x-ndjson': 'ndjson', 'text/csv': 'csv' } as const;
/** Shorter ones are guessed. */
const TOKEN_MIN = 16;

/** Takes usage events of programs on this machine: `POST /usage`. Undefined where the settings do not ask for it, or it cannot be. */
export async function serveUsage(
  { usagePort: port, usageTokenFile: file }: Pick<Settings, 'usagePort' | 'usageTokenFile'>,
  engine: Pick<Engine, 'call' | 'log'>,
): Promise<LoopbackServer | undefined> {
  if (port === 0) return undefined;
  try {
    const token = readFileSync(file, 'utf8').trim();
    if (token.length < TOKEN_MIN)
      throw new Error(`the token in ${file} has fewer than ${TOKEN_MIN} characters`);
    return await startLinesServer({
      port,
      path: '/usage',
      token,
      types: Object.keys(FORMS),
      log: engine.log,
      take: async (lines, type) => await record(engine, lines, FORMS[type as keyof typeof FORMS]),
    });
  } catch (error) {
    engine.log.error(
      `Usage cannot be taken on port ${port}: choose another usagePort, and name a file with a token (usageTokenFile).`,
      { error },
    );
    return undefined;
  }
}

async function record(
  engine: Pick<Engine, 'call' | 'log'>,
  lines: AsyncIterable<string>,
  form: 'ndjson' | 'csv',
): Promise<LinesAnswer> {
  try {
    const body = await recordUsageStream(lines, form, async (events) => {
      const result = await engine.call('metering.usageRecord', { events });
      if (!result.ok) throw new CallError(result.error);
      return result.value as UsageRecorded;
    });
    return { status: 200, body };
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    // Whatever was sent before is recorded; whoever sends all of it again loses and doubles nothing.
    const { wire } = error;
    const status = wire.kind === 'refusal' ? 409 : 503;
    return {
      status,
      body: { error: `${wire.sentence} What was sent before is recorded: send all of it again.` },
    };
  }
}
