import { createHmac } from 'node:crypto';
import { z } from 'zod';
import {
  channelConfig,
  type ChannelConfig,
  type NoticeMessage,
} from '../../../shared/domains/alerts/alerts-contract.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { hideSecrets } from '../../platform/http/hide-address.ts';
import { postJson, webAddressOf, type JsonAnswer } from '../../platform/http/json-post.ts';
import { retryAfterMs } from '../../platform/http/retry-after.ts';
import { sendMail } from '../../platform/mail/mail-send.ts';
import type { Sealer } from '../../platform/secrets/sealer.ts';
import type { ChannelRecord } from './alerts-tables.ts';
import { openSecrets, type ChannelSecrets } from './channel-secrets.ts';
import { mailWords, slackBody, telegramBody, webhookBody } from './notice-words.ts';

export interface Sending {
  readonly sealer: Sealer;
  readonly channel: ChannelRecord;
  /** Stays the same when it is sent again: Message-ID of the mail, idempotency key of the webhook. */
  readonly deliveryId: string;
  readonly message: NoticeMessage;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** The channel asks to be left alone for so long. */
export class SlowDown extends OperatingFailure {
  readonly retryAfterMs: number;
  constructor(sentence: string, retryAfterMs: number) {
    super({ code: 'channel-slow-down', sentence, mayRetry: true });
    this.retryAfterMs = retryAfterMs;
  }
}

/** What sending did. */
export interface Sent {
  /** A sentence. */
  readonly words: string;
  /** A sentence on what was odd about it though it was taken, such as an address that was refused; empty: nothing. */
  readonly oddity: string;
}

/**
 * Sends one notification over one channel. Throws OperatingFailure (or SealBroken) in words that hold no
 * secret. Who is killed between sending and noting it down sends again, with the same id.
 */
export async function sendOver(sending: Sending): Promise<Sent> {
  const config = channelConfig.parse(JSON.parse(sending.channel.config));
  const secrets = await openSecrets(sending.sealer, sending.channel);
  switch (config.kind) {
    case 'mail':
      return await overMail(sending, config, secrets);
    case 'webhook':
      return await overWebhook(sending, secrets);
    case 'slack':
      return answered(await posted(sending, { secrets, body: slackBody(sending.message) }), 'Slack');
    case 'telegram':
      return await overTelegram(sending, config, secrets);
    case 'desktop':
      return taken('Consoles that are open show it.');
  }
}

function taken(words: string): Sent {
  return { words, oddity: '' };
}

async function overMail(
  { message, deliveryId, signal }: Sending,
  config: Extract<ChannelConfig, { kind: 'mail' }>,
  secrets: ChannelSecrets,
): Promise<Sent> {
  const { server, port, security, user, certificate, from, to } = config;
  const { rejected } = await sendMail(
    { server, port, security, user, certificate, password: secrets.password ?? '' },
    {
      ...mailWords(message),
      messageId: `<${deliveryId}@innkeeper.invalid>`,
      from,
      to,
      headers: { 'X-Innkeeper-Delivery': deliveryId },
    },
    signal,
  );
  const where = `${server}:${port}`;
  const reached = to.filter((address) => !rejected.includes(address));
  return {
    words: `${where} took the mail for ${reached.join(', ')}.`,
    oddity:
      rejected.length === 0
        ? ''
        : `${where} refused ${rejected.join(', ')}: check the address. The others have the mail.`,
  };
}

async function overWebhook(sending: Sending, secrets: ChannelSecrets): Promise<Sent> {
  const body = webhookBody(sending.deliveryId, sending.message);
  const headers = {
    'X-Innkeeper-Delivery': sending.deliveryId,
    ...(secrets.secret === undefined
      ? {}
      : { 'X-Innkeeper-Signature': signature(secrets.secret, { atMs: sending.nowMs, body }) }),
  };
  return answered(await posted(sending, { secrets, body, headers }), undefined);
}

/** `t=<seconds>,v1=<hex>`: HMAC-SHA-256 of `<seconds>.<body>`, so that neither body nor time can be forged. */
export function signature(secret: string, { atMs, body }: { atMs: number; body: string }): string {
  const seconds = Math.floor(atMs / 1000);
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

async function overTelegram(
  sending: Sending,
  config: Extract<ChannelConfig, { kind: 'telegram' }>,
  secrets: ChannelSecrets,
): Promise<Sent> {
  const address = `${config.server.replace(/\/+$/, '')}/bot${secrets.token ?? ''}/sendMessage`;
  const body = telegramBody(config.chatId, sending.message);
  const { answer } = await posted(sending, { secrets, address, body });
  const said = telegramAnswer(answer.text);
  if (answer.status === 200 && said.ok === true)
    return taken(`Telegram took the message for chat ${config.chatId}.`);
  const words = `Telegram did not take the message: ${said.description ?? `it answered ${answer.status}`}.`;
  const waitMs = retryAfterMs(said.parameters?.retry_after);
  if (waitMs !== undefined) throw new SlowDown(words, waitMs);
  throw notTaken(`${words} Check the token of the bot and the chat.`, answer);
}

/** https://core.telegram.org/bots/api#making-requests; whatever else answers there is not believed. */
const telegramAnswerSchema = z.object({
  ok: z.boolean().optional().catch(undefined),
  description: z.string().optional().catch(undefined),
  parameters: z.object({ retry_after: z.number().optional() }).optional().catch(undefined),
});

function telegramAnswer(text: string): z.infer<typeof telegramAnswerSchema> {
  try {
    return telegramAnswerSchema.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
}

interface Posted {
  readonly host: string;
  readonly answer: JsonAnswer;
}

async function posted(
  sending: Sending,
  post: {
    readonly secrets: ChannelSecrets;
    /** Where it is not itself one of the secrets. */
    readonly address?: string;
    readonly body: string;
    readonly headers?: Readonly<Record<string, string>>;
  },
): Promise<Posted> {
  const { secrets, body, headers = {} } = post;
  const url = webAddressOf(post.address ?? secrets.url ?? '');
  if (url === undefined)
    throw new OperatingFailure({
      code: 'no-address',
      sentence: 'The channel has no address any more: enter it again.',
    });
  const answer = await postJson({ url, body, headers, signal: sending.signal });
  // Whoever answers may repeat what it was told.
  return { host: url.host, answer: { ...answer, text: hideSecrets(answer.text, Object.values(secrets)) } };
}

function answered({ host, answer }: Posted, who: string | undefined): Sent {
  const name = who ?? host;
  if (answer.status >= 200 && answer.status < 300)
    return taken(`${name} took the message (${answer.status}).`);
  const said = answer.text.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
  const words = `${name} did not take the message: it answered ${answer.status}${said === '' ? '' : ` (${said})`}.`;
  if (answer.retryAfterMs !== undefined) throw new SlowDown(words, answer.retryAfterMs);
  // Its own fault is no fault of the address.
  const advice = answer.status >= 500 ? 'Something is wrong at its end.' : 'Check the address.';
  throw notTaken(`${words} ${advice}`, answer);
}

function notTaken(sentence: string, { status, text }: JsonAnswer): OperatingFailure {
  return new OperatingFailure({
    code: 'channel-refused',
    sentence,
    mayRetry: true,
    remote: { system: 'webhook', code: String(status), message: text.slice(0, 500) },
  });
}
