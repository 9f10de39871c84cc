import type {
  AlertSeverity,
  ChannelConfig,
  ChannelKind,
  ChannelRow,
} from '../../../shared/domains/alerts/alerts-contract.ts';

/** What is typed into the form of a channel; secrets that are left empty stay as they are. */
export interface ChannelDraft extends Record<string, unknown> {
  name: string;
  kind: ChannelKind;
  server: string;
  port: number | string;
  security: 'tls' | 'starttls' | 'none';
  user: string;
  password: string;
  certificate: string;
  from: string;
  to: string;
  url: string;
  secret: string;
  token: string;
  chatId: string;
  apiServer: string;
  leastSeverity: AlertSeverity;
  ruleIds: string[];
  sendsResolved: boolean;
  enabled: boolean;
}

const NEW: ChannelDraft = {
  name: '',
  kind: 'mail',
  server: '',
  port: 587,
  security: 'starttls',
  user: '',
  password: '',
  certificate: '',
  from: '',
  to: '',
  url: '',
  secret: '',
  token: '',
  chatId: '',
  apiServer: 'https://api.telegram.org',
  leastSeverity: 'warning',
  ruleIds: [],
  sendsResolved: true,
  enabled: true,
};

/** A channel as the form shows it; null: a new one. */
export function draftOf(channel: ChannelRow | null): ChannelDraft {
  if (!channel) return NEW;
  const { config, name, leastSeverity, ruleIds, sendsResolved, enabled } = channel;
  const shared = { ...NEW, name, kind: config.kind, leastSeverity, ruleIds, sendsResolved, enabled };
  switch (config.kind) {
    case 'mail': {
      const { server, port, security, user, certificate, from } = config;
      return { ...shared, server, port, security, user, certificate, from, to: config.to.join(', ') };
    }
    case 'telegram':
      return { ...shared, chatId: config.chatId, apiServer: config.server };
    case 'webhook':
    case 'slack':
    case 'desktop':
      return shared;
  }
}

export function configOf(draft: ChannelDraft): ChannelConfig {
  switch (draft.kind) {
    case 'mail':
      return {
        kind: 'mail',
        server: draft.server,
        port: Number(draft.port),
        security: draft.security,
        user: draft.user,
        certificate: draft.certificate,
        from: draft.from,
        to: draft.to
          .split(/[\s,;]+/)
          .map((address) => address.trim())
          .filter((address) => address !== ''),
        ...given('password', draft.password),
      };
    case 'webhook':
      return { kind: 'webhook', ...given('url', draft.url), ...given('secret', draft.secret) };
    case 'slack':
      return { kind: 'slack', ...given('url', draft.url) };
    case 'telegram':
      return {
        kind: 'telegram',
        server: draft.apiServer,
        chatId: draft.chatId,
        ...given('token', draft.token),
      };
    case 'desktop':
      return { kind: 'desktop' };
  }
}

function given<Name extends string>(name: Name, typed: string): Partial<Record<Name, string>> {
  return (typed === '' ? {} : { [name]: typed }) as Partial<Record<Name, string>>;
}
