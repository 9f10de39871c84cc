import type { Sealer } from '../../platform/secrets/sealer.ts';
import type { ChannelRecord } from './alerts-tables.ts';

/** What of a channel nobody may read: it stands sealed in the store and in no log. */
export interface ChannelSecrets {
  readonly password?: string;
  readonly url?: string;
  readonly secret?: string;
  readonly token?: string;
}

export async function sealSecrets(
  sealer: Sealer,
  channelId: string,
  secrets: ChannelSecrets,
): Promise<string> {
  return await sealer.seal(JSON.stringify(secrets), purposeOf(channelId));
}

/** Throws SealBroken where they were sealed with another key. */
export async function openSecrets(
  sealer: Sealer,
  channel: Pick<ChannelRecord, 'id' | 'sealed'>,
): Promise<ChannelSecrets> {
  if (channel.sealed === null) return {};
  return JSON.parse(await sealer.open(channel.sealed, purposeOf(channel.id))) as ChannelSecrets;
}

function purposeOf(channelId: string): string {
  return `channel:${channelId}:secrets`;
}
