import { hidden } from '../secrets/redact.ts';

/** Shorter pieces of a path are words, not keys. */
const KEY_CHARACTERS = 8;
const PATH_CHARACTERS = 5;

/**
 * A text without a web address that is a secret: neither the address, nor its path, its query or what in them could be a key. Servers
 * like to repeat what they were asked for ("Cannot POST /hook/…").
 */
export function hideAddress(text: string, url: URL): string {
  const path = url.pathname + url.search;
  const keys = [...url.pathname.split('/'), ...url.searchParams.values()].filter(
    (piece) => piece.length >= KEY_CHARACTERS,
  );
  const paths = [path, url.pathname].filter((one) => one.length >= PATH_CHARACTERS);
  return hideSecrets(text, [url.href, ...paths, ...keys]);
}

/** A text without these secrets, as they are and as they stand in an address or in JSON. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .flatMap((secret) => [secret, decoded(secret), encodeURIComponent(secret)])
    .flatMap((secret) => [secret, secret.replaceAll('/', '\\/'), JSON.stringify(secret).slice(1, -1)])
    .filter((secret) => secret !== '')
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, hidden), text);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
