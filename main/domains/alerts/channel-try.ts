import { performance } from 'node:perf_hooks';
import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { alertsContract, NoticeMessage } from '../../../shared/domains/alerts/alerts-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { SealBroken } from '../../platform/secrets/sealer.ts';
import { instantOf } from './alert-store.ts';
import type { AlertsParts } from './alerts-parts.ts';
import { DELIVERY_TOPIC, NOTICE_TOPIC, type AlertsTables, type ChannelRecord } from './alerts-tables.ts';
import { sendOver } from './channel-send.ts';
import { channelById, noteAttempt } from './channel-store.ts';
import { deliveryOf } from './notice-make.ts';

type Operation = typeof alertsContract.channelTest;

/** Sends a test from this engine now; how it went is the answer, whether it went well or not. */
export async function channelTry(
  parts: AlertsParts,
  { channelId }: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<AlertsTables>();
  const channel = await channelById(db, channelId);
  if (channel === undefined) return refuse('no-such-channel', { channelId });
  context.subject(channel.name);
  const nowMs = await parts.nowMs(db);
  const message = testMessage(channel, {
    nowMs,
    environment: await parts.environmentName(db),
    by: context.actor.login,
  });
  const beganAtMs = performance.now();
  const took = (): number => Math.round(performance.now() - beganAtMs);
  if (channel.kind === 'desktop' && channel.enabled === 0)
    return done({
      sent: false,
      sentence: 'It is switched off: consoles show nothing of it.',
      tookMs: took(),
    });
  try {
    const { words, oddity } = await sendOver({
      sealer: parts.sealer,
      channel,
      deliveryId: newId('delivery', nowMs),
      message,
      nowMs,
      signal: context.signal,
    });
    if (channel.kind === 'desktop') await showOnConsoles(parts, { channel, message, nowMs });
    const sentence = oddity === '' ? words : `${words} ${oddity}`;
    return done({ sent: true, sentence, tookMs: took() });
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof OperatingFailure || error instanceof SealBroken)) throw error;
    return done({ sent: false, sentence: error.message, tookMs: took() });
  }
}

/** Consoles show what was delivered, so a test is delivered like everything else. */
async function showOnConsoles(
  parts: AlertsParts,
  of: { channel: ChannelRecord; message: NoticeMessage; nowMs: number },
): Promise<void> {
  const noticeId = newId('notice', of.nowMs);
  const made = deliveryOf({ noticeId, ...of });
  await parts.store.transaction<AlertsTables, void>(
    async (trx) => {
      await trx.insertInto('alert_delivery').values(made).execute();
      await noteAttempt(trx, of.channel.id, { sentAtMs: of.nowMs, problem: '' });
      await parts.store.changes.note(trx, DELIVERY_TOPIC, made.id);
      await parts.store.changes.note(trx, NOTICE_TOPIC, noticeId);
    },
    { repeatable: true },
  );
}

function testMessage(
  channel: ChannelRecord,
  of: { nowMs: number; environment: string; by: string },
): NoticeMessage {
  const at = instantOf(of.nowMs);
  return {
    kind: 'test',
    at,
    environment: of.environment,
    total: 1,
    counts: { critical: 0, warning: 0, info: 1 },
    alerts: [
      {
        id: '',
        rule: 'Test',
        severity: 'info',
        subject: { kind: 'query', id: channel.id, name: channel.name },
        detail: `This is a test, sent by ${of.by}: alerts would come this way.`,
        since: at,
      },
    ],
  };
}
