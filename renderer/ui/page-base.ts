const INSTALLATION = /^\/at\/([a-z][a-z0-9-]{0,31})(?=[/?#]|$)/;

/** Where the views of an installation are: `/at/prague`, before `/vms`. */
export function baseOf(installation: string): string {
  return installation === '' ? '' : `/at/${installation}`;
}

/** The installation that an address names; empty where it names none. */
export function installationAt(address: string): string {
  return INSTALLATION.exec(address)?.[1] ?? '';
}

/**
 * What stands before every address of this document. A document is of one installation as long as it lives: going to another loads another, so that no row, feed,
 * selection or command of one is there in the other.
 */
export function pageBase(): string {
  return baseOf(installationAt(window.location.pathname));
}

/** An address of this document's installation in full, for a window or a notification that knows none. */
export function inBase(path: string): string {
  return pageBase() + path;
}

/** Under which key something is kept in this browser for this installation alone: a draft, what was looked at. */
export function keptKey(key: string): string {
  const installation = installationAt(window.location.pathname);
  return installation === '' ? key : `${key}@${installation}`;
}
