import { createHmac } from 'node:crypto';
import {
  channelConfig,
  type ChannelConfig,
  type NoticeMessage,
} from '../../../shared/domains/alerts/alerts-contract.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { postJson, webAddressOf, type JsonAnswer } from '../../platform/http/json-post.ts';
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

/**
 * Sends one notification over one channel. Gives in words what it did; throws OperatingFailure (or SealBroken) in words that hold no
 * secret. Who is killed between sending and noting it down sends again, with the same id.
 */
export async function sendOver(sending: Sending): Promise<string> {
  const config = channelConfig.parse(JSON.parse(sending.channel.config));
  const secrets = await openSecrets(sending.sealer, sending.channel);
  switch (config.kind) {
    case 'mail':
      return await overMail(sending, config, secrets);
    case 'webhook':
      return await overWebhook(sending, secrets);
    case 'slack':
      return answered(await posted(sending, secrets.url, slackBody(sending.message)), 'Slack');
    case 'telegram':
      return await overTelegram(sending, config, secrets);
    case 'desktop':
      return 'Consoles that are open show it.';
  }
}

async function overMail(
  { message, deliveryId }: Sending,
  config: Extract<ChannelConfig, { kind: 'mail' }>,
  secrets: ChannelSecrets,
): Promise<string> {
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
  );
  const taken = to.filter((address) => !rejected.includes(address));
  const refused = rejected.length === 0 ? '' : ` It refused ${rejected.join(', ')}.`;
  return `${server}:${port} took the mail for ${taken.join(', ')}.${refused}`;
}

async function overWebhook(sending: Sending, secrets: ChannelSecrets): Promise<string> {
  const body = webhookBody(sending.deliveryId, sending.message);
  const headers = {
    'X-Innkeeper-Delivery': sending.deliveryId,
    ...(secrets.secret === undefined
      ? {}
      : { 'X-Innkeeper-Signature': signature(secrets.secret, { atMs: sending.nowMs, body }) }),
  };
  return answered(await posted(sending, secrets.url, body, headers), undefined);
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
): Promise<string> {
  const url = `${config.server.replace(/\/+$/, '')}/bot${secrets.token ?? ''}/sendMessage`;
  const { answer } = await posted(sending, url, telegramBody(config.chatId, sending.message));
  const said = telegramAnswer(answer.text);
  if (answer.status === 200 && said.ok === true)
    return `Telegram took the message for chat ${config.chatId}.`;
  const words = `Telegram did not take the message: ${said.description ?? `it answered ${answer.status}`}.`;
  const waitSeconds = said.parameters?.retry_after;
  if (waitSeconds !== undefined) throw new SlowDown(words, waitSeconds * 1000);
  throw notTaken(`${words} Check the token of the bot and the chat.`, answer);
}

interface TelegramAnswer {
  readonly ok?: boolean;
  readonly description?: string;
  readonly parameters?: { readonly retry_after?: number };
}

function telegramAnswer(text: string): TelegramAnswer {
  try {
    return (JSON.parse(text) as TelegramAnswer | null) ?? {};
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
  address: string | undefined,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Posted> {
  const url = webAddressOf(address ?? '');
  if (url === undefined)
    throw new OperatingFailure({
      code: 'no-address',
      sentence: 'The channel has no address any more: enter it again.',
    });
  const answer = await postJson({ url, body, headers, signal: sending.signal });
  return { host: url.host, answer };
}

function answered({ host, answer }: Posted, who: string | undefined): string {
  const name = who ?? host;
  if (answer.status >= 200 && answer.status < 300) return `${name} took the message (${answer.status}).`;
  const said = answer.text.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
  const words = `${name} did not take the message: it answered ${answer.status}${said === '' ? '' : ` (${said})`}.`;
  if (answer.retryAfterMs !== undefined) throw new SlowDown(words, answer.retryAfterMs);
  throw notTaken(`${words} Check the address.`, answer);
}

function notTaken(sentence: string, { status, text }: JsonAnswer): OperatingFailure {
  return new OperatingFailure({
    code: 'channel-refused',
    sentence,
    mayRetry: true,
    remote: { system: 'webhook', code: String(status), message: text.slice(0, 500) },
  });
}
