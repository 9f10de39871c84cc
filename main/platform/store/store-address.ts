import { isAbsolute, resolve } from 'node:path';
import { StoreError } from './store-error.ts';

export type StoreAddress =
  | { readonly kind: 'sqlite'; readonly file: string; readonly shown: string }
  | { readonly kind: 'sqlite'; readonly file: undefined; readonly shown: string }
  | { readonly kind: 'postgres'; readonly url: string; readonly shown: string };

/**
 * `sqlite:FILE` (relative to the working folder), `sqlite::memory:` (gone when closed) or
 * `postgres://user:password@host:port/database`. Throws `StoreError` 'address-invalid'.
 */
export function parseStoreAddress(address: string): StoreAddress {
  if (address === 'sqlite::memory:') return { kind: 'sqlite', file: undefined, shown: address };
  if (address.startsWith('sqlite:')) return sqliteAddress(address.slice('sqlite:'.length));
  if (/^postgres(ql)?:\/\//.test(address)) return postgresAddress(address);
  throw invalid('It starts with neither sqlite: nor postgres://.');
}

function sqliteAddress(rest: string): StoreAddress {
  const path = rest.startsWith('//') ? rest.slice(2) : rest;
  if (path === '') throw invalid('The file is missing after sqlite:.');
  const file = isAbsolute(path) ? path : resolve(path);
  return { kind: 'sqlite', file, shown: `sqlite:${file}` };
}

function postgresAddress(address: string): StoreAddress {
  if (!URL.canParse(address))
    throw invalid(
      'It cannot be read as a URL; characters like @ and / in a password must be percent-encoded.',
    );
  const url = new URL(address);
  const shown = new URL(address);
  if (shown.password !== '') shown.password = '***';
  for (const name of shown.searchParams.keys()) {
    if (/pass/i.test(name)) shown.searchParams.set(name, '***');
  }
  if (url.pathname.length < 2) throw invalid('The database is missing: postgres://user@host/database.');
  return { kind: 'postgres', url: address, shown: shown.href };
}

function invalid(why: string): StoreError {
  return new StoreError(
    'address-invalid',
    `This is not the address of a store. ${why} Use sqlite:FILE or postgres://user:password@host/database.`,
  );
}
