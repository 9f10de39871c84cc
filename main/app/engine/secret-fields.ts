const MASK = '•••';

/** A copy of `value` with the fields at these dotted paths masked: for the audit log and the log. */
export function withoutSecrets(value: unknown, paths: readonly string[]): unknown {
  return paths.reduce((kept, path) => maskAt(kept, path.split('.')), value);
}

function maskAt(value: unknown, path: readonly string[]): unknown {
  const [head, ...rest] = path;
  if (head === undefined || typeof value !== 'object' || value === null || !(head in value)) return value;
  const record = value as Record<string, unknown>;
  return { ...record, [head]: rest.length === 0 ? MASK : maskAt(record[head], rest) };
}
