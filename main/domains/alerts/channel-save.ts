import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { alertsContract, ChannelConfig } from '../../../shared/domains/alerts/alerts-contract.ts';
import { newId } from '../../../shared/kernel/id.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { webAddressOf } from '../../platform/http/json-post.ts';
import { isDuplicate } from '../../platform/store/store-error.ts';
import type { AlertsParts } from './alerts-parts.ts';
import { CHANNEL_TOPIC, type AlertsTables, type ChannelRecord } from './alerts-tables.ts';
import { openSecrets, sealSecrets, type ChannelSecrets } from './channel-secrets.ts';
import { channelById, deleteChannel, lockChannel, writeChannel, type StoredConfig } from './channel-store.ts';
import { endDeliveries, hurryDeliveries } from './outbox-store.ts';

type Save = typeof alertsContract.channelSave;
type Delete = typeof alertsContract.channelDelete;

/** Adds or changes a channel. What waits for it is tried again at once; for one that is switched off it ends. */
export async function channelSave(
  parts: Pick<AlertsParts, 'store' | 'sealer' | 'nowMs'>,
  input: InputOf<Save>,
  context: CallContext,
): Promise<Outcome<OutputOf<Save>, RefusalCodeOf<Save>>> {
  const db = context.tables<AlertsTables>();
  const { channelId, config } = input;
  context.subject(input.name);
  const known = channelId === undefined ? undefined : await lockChannel(db, parts.store, channelId);
  if (channelId !== undefined && known === undefined) return refuse('no-such-channel', { channelId });
  if (known !== undefined && known.kind !== config.kind) return refuse('kind-differs', { kind: config.kind });
  const id = channelId ?? newId('channel');
  const kept = known?.sealed ? await openSecrets(parts.sealer, known) : {};
  const { stored, secrets } = apart(config, kept);
  const missing = missingSecret(config, secrets);
  if (missing !== undefined) return refuse('secret-missing', { field: missing });
  const addresses = [secrets.url, config.kind === 'telegram' ? config.server : undefined];
  if (addresses.some((address) => address !== undefined && webAddressOf(address) === undefined))
    return refuse('address-not-allowed');
  const nowMs = await parts.nowMs(db);
  const row: ChannelRecord = {
    id,
    name: input.name,
    kind: config.kind,
    config: JSON.stringify(stored),
    sealed: Object.keys(secrets).length === 0 ? null : await sealSecrets(parts.sealer, id, secrets),
    least_severity: input.leastSeverity,
    rule_ids: JSON.stringify(input.ruleIds),
    sends_resolved: input.sendsResolved ? 1 : 0,
    enabled: input.enabled ? 1 : 0,
    last_sent_at_ms: known?.last_sent_at_ms ?? null,
    problem: '',
  };
  try {
    await writeChannel(db, row);
  } catch (error) {
    if (isDuplicate(error, 'alert_channel', 'name')) return refuse('name-taken', { name: input.name });
    throw error;
  }
  if (input.enabled) await hurryDeliveries(db, id, nowMs);
  else await endDeliveries(db, id, { problem: 'The channel was switched off.', nowMs });
  await context.note(CHANNEL_TOPIC, id);
  return done({ channelId: id });
}

/** Secrets apart from the rest; one that was left out is the one that is kept, an empty one is taken away. */
function apart(
  config: ChannelConfig,
  kept: ChannelSecrets,
): { stored: StoredConfig; secrets: ChannelSecrets } {
  const secret = (given: string | undefined, had: string | undefined): string | undefined => {
    const value = (given ?? had ?? '').trim();
    return value === '' ? undefined : value;
  };
  const only = (secrets: Record<keyof ChannelSecrets, string | undefined>): ChannelSecrets =>
    Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== undefined));
  const none = { password: undefined, url: undefined, secret: undefined, token: undefined };
  switch (config.kind) {
    case 'mail': {
      const { password, ...stored } = config;
      // Blanks at its ends belong to a password.
      const value = password ?? kept.password ?? '';
      return { stored, secrets: only({ ...none, password: value === '' ? undefined : value }) };
    }
    case 'webhook': {
      const secrets = only({
        ...none,
        url: secret(config.url, kept.url),
        secret: secret(config.secret, kept.secret),
      });
      return { stored: { kind: 'webhook', shownServer: serverOf(secrets.url) }, secrets };
    }
    case 'slack': {
      const secrets = only({ ...none, url: secret(config.url, kept.url) });
      return { stored: { kind: 'slack', shownServer: serverOf(secrets.url) }, secrets };
    }
    case 'telegram': {
      const { token, ...stored } = config;
      return { stored, secrets: only({ ...none, token: secret(token, kept.token) }) };
    }
    case 'desktop':
      return { stored: config, secrets: {} };
  }
}

function serverOf(address: string | undefined): string {
  return (address === undefined ? undefined : webAddressOf(address))?.host ?? '';
}

function missingSecret(config: ChannelConfig, secrets: ChannelSecrets): string | undefined {
  switch (config.kind) {
    case 'mail':
      return config.user !== '' && secrets.password === undefined ? 'password of the mail server' : undefined;
    case 'webhook':
    case 'slack':
      return secrets.url === undefined ? 'address of the webhook' : undefined;
    case 'telegram':
      return secrets.token === undefined ? 'token of the bot' : undefined;
    case 'desktop':
      return undefined;
  }
}

export async function channelDelete(
  { channelId }: InputOf<Delete>,
  context: CallContext,
): Promise<Outcome<OutputOf<Delete>, RefusalCodeOf<Delete>>> {
  const db = context.tables<AlertsTables>();
  const channel = await channelById(db, channelId);
  if (channel === undefined || !(await deleteChannel(db, channelId)))
    return refuse('no-such-channel', { channelId });
  context.subject(channel.name);
  await context.note(CHANNEL_TOPIC, channelId);
  return done({});
}
