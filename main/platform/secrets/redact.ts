/** Stands where a secret was. */
export const hidden = '[hidden]';

/**
 * Names of fields whose value is a secret whatever it looks like, without separators: `privateKey`, `private_key` and
 * `PRIVATE-KEY` are one name. The last words of a longer name count too (`gatewayToken`, `smtp_password`).
 */
const secretNames = [
  'password',
  'passwd',
  'passphrase',
  'pwd',
  'secret',
  'secrets',
  'token',
  'privatekey',
  'apikey',
  'accesskey',
  'secretkey',
  'signingkey',
  'encryptionkey',
  'authorization',
  'cookie',
  'setcookie',
  'credential',
  'credentials',
  'sealed',
  'vncpassword',
  'joinaddress',
] as const;

/** Names that end like a secret and are none. */
const harmlessNames = new Set([
  'fencingtoken',
  'cancellationtoken',
  'haspassword',
  'hassecret',
  'needspassword',
]);

const patterns: readonly (readonly [RegExp, string])[] = [
  // A PEM block; also one cut off before its end, and one with its line ends escaped.
  [/-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----[\s\S]*?(?:-----END \1-----|$)/g, `-----BEGIN $1----- ${hidden}`],
  // scheme://user:password@host
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*):[^\s/?#]*@/gi, `$1:${hidden}@`],
  // A header in a text.
  [/\b(authorization\s*[:=]\s*(?:bearer|basic|token)?\s*)[^\s,;"']+/gi, `$1${hidden}`],
  [/\b(bearer\s+)[a-z0-9._~+/-]{8,}=*/gi, `$1${hidden}`],
  // password=…, "token": "…", --passphrase …
  [
    /((?:pass(?:word|wd|phrase)|secret|token|api_?key|private_?key)["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,;&"'}\])]+)/gi,
    `$1${hidden}`,
  ],
  [/(--(?:pass(?:word|wd|phrase)|secret|token)\s+)\S+/gi, `$1${hidden}`],
];

/**
 * A copy of `value` for a log, an audit row or a bug report: values of secret fields and secrets inside texts are replaced.
 * Keeps the shape of plain JSON values; errors become name, message, code, stack and cause; cycles and anything deeper than
 * 12 levels are cut. Never throws.
 */
export function redact(value: unknown): unknown {
  return redactValue(value, new Set());
}

function redactValue(value: unknown, parents: ReadonlySet<object>): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? '[function]' : value;
  if (parents.has(value)) return '[circular]';
  if (parents.size >= 12) return '[deeper]';
  const inside = new Set(parents).add(value);
  if (Array.isArray(value)) return value.map((item: unknown) => redactValue(item, inside));
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return value;
  if (value instanceof Error) return redactMembers(errorMembers(value), inside);
  if (value instanceof Map)
    return redactMembers(
      [...value].map(([name, member]) => [String(name), member]),
      inside,
    );
  if (value instanceof Set) return [...value].map((item: unknown) => redactValue(item, inside));
  return redactMembers(membersOf(value), inside);
}

function redactMembers(
  members: readonly (readonly [string, unknown])[],
  parents: ReadonlySet<object>,
): Record<string, unknown> {
  return Object.fromEntries(
    members.map(([name, member]) => [
      name,
      isSecretName(name) && isSomething(member) ? hidden : redactValue(member, parents),
    ]),
  );
}

/** Whether a field of this name holds a secret. */
export function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return !harmlessNames.has(plain) && secretNames.some((secret) => plain.endsWith(secret));
}

/** A text with the secrets in it replaced. */
export function redactText(text: string): string {
  return patterns.reduce((rest, [pattern, replacement]) => rest.replaceAll(pattern, replacement), text);
}

/** That there is no password may be said; so may whether there is one. */
function isSomething(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && typeof value !== 'boolean';
}

function errorMembers(error: Error): (readonly [string, unknown])[] {
  const own = Object.entries(error).filter(([name]) => name !== 'cause');
  const cause = error.cause === undefined ? [] : [['cause', error.cause] as const];
  return [['name', error.name], ['message', error.message], ...own, ['stack', error.stack], ...cause];
}

/** A getter that throws must not take the log line with it. */
function membersOf(value: object): (readonly [string, unknown])[] {
  return Object.keys(value).map((name) => {
    try {
      return [name, (value as Record<string, unknown>)[name]] as const;
    } catch {
      return [name, '[unreadable]'] as const;
    }
  });
}
