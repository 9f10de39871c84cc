import { ConstraintViolated, StoreError, type ConstraintKind } from './store-error.ts';

/** Primary result codes, https://www.sqlite.org/rescode.html. The extended code's low byte is the primary one. */
const primary = {
  perm: 3,
  busy: 5,
  locked: 6,
  readonly: 8,
  ioerr: 10,
  corrupt: 11,
  full: 13,
  cantopen: 14,
  notadb: 26,
} as const;

const constraintKinds: Readonly<Record<number, ConstraintKind>> = {
  275: 'check',
  787: 'foreign-key',
  1299: 'not-null',
  1555: 'unique',
  1811: 'append-only',
  2067: 'unique',
  2579: 'unique',
  3091: 'type',
};

/** Turns what node:sqlite throws into `StoreError` or `ConstraintViolated`; anything else comes back as it is. */
export function translateSqliteError(error: unknown, file: string): unknown {
  const extended = errcodeOf(error);
  if (extended === undefined || !(error instanceof Error)) return error;
  const constraint = constraintKinds[extended];
  if (constraint !== undefined) return constraintViolated(error, constraint);
  const options = { cause: error, code: `SQLITE_${extended}` };
  switch (extended & 0xff) {
    case primary.busy:
    case primary.locked:
      return new StoreError(
        'busy',
        `The store ${file} was locked by another process for too long. Try again.`,
        options,
      );
    case primary.readonly:
      return new StoreError(
        'read-only',
        `The store ${file} cannot be written. Check the permissions of the file and of its folder.`,
        options,
      );
    case primary.perm:
      return new StoreError(
        'permission-denied',
        `This user may not open the store ${file}. Check its permissions.`,
        options,
      );
    case primary.cantopen:
      return new StoreError(
        'file-missing',
        `The store ${file} cannot be opened. Check that its folder exists and can be written.`,
        options,
      );
    case primary.full:
      return new StoreError(
        'disk-full',
        `The disk of the store ${file} is full; the change was not made. Free some space, then try again.`,
        options,
      );
    case primary.ioerr:
      return new StoreError(
        'input-output',
        `Reading or writing the store ${file} failed. Check the disk, then the store (backup verify).`,
        options,
      );
    case primary.corrupt:
      return new StoreError(
        'corrupt',
        `The store ${file} is damaged. Keep the file as it is and restore the last backup.`,
        options,
      );
    case primary.notadb:
      return new StoreError(
        'not-a-store',
        `The file ${file} is not an Innkeeper store. Nothing was changed; give the address of another file.`,
        options,
      );
    default:
      return error;
  }
}

function errcodeOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode : undefined;
}

/** "UNIQUE constraint failed: guest.host_id, guest.name" or "CHECK constraint failed: name_of_the_rule". */
function constraintViolated(error: Error, kind: ConstraintKind): ConstraintViolated {
  const subject = error.message.split('failed: ')[1] ?? '';
  if (kind !== 'unique' && kind !== 'not-null') {
    return new ConstraintViolated({ kind, name: subject === '' ? undefined : subject, cause: error });
  }
  const pairs = subject.split(', ').map((pair) => pair.split('.'));
  return new ConstraintViolated({
    kind,
    table: pairs[0]?.[0],
    columns: pairs.flatMap(([, column]) => (column === undefined ? [] : [column])),
    cause: error,
  });
}
