/** What an `innkeeper://` link may name, and the address of its view. */
export const LINK_VIEWS: Readonly<Record<string, string>> = {
  vm: '/vms',
  host: '/hosts',
  customer: '/customers',
  plan: '/plans',
  invoice: '/invoices',
  task: '/tasks',
  alert: '/alerts',
  template: '/templates',
};

const LINK = /^innkeeper:\/\/(?:([a-z][a-z0-9-]{0,31})\/)?([a-z]{1,20})\/([a-z]{1,10}_[0-9a-z]{1,40})\/?$/;

/**
 * `innkeeper://vm/vm_01…` → `/vms/vm_01…`, `innkeeper://prague/vm/vm_01…` → the same in that installation; undefined for anything else: links come from
 * mails and web pages.
 */
export function viewOfLink(link: string | undefined): string | undefined {
  const [, installation, kind, id] = LINK.exec(link ?? '') ?? [];
  if (kind === undefined || id === undefined || !Object.hasOwn(LINK_VIEWS, kind)) return undefined;
  return `${installation === undefined ? '' : `/at/${installation}`}${LINK_VIEWS[kind]}/${id}`;
}

/** The first link among a process's arguments (Windows and Linux hand links over that way). */
export function linkAmong(argv: readonly string[]): string | undefined {
  return argv.find((word) => word.startsWith('innkeeper://'));
}
