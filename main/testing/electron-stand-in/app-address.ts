/**
 * Chromium by itself cannot be taught a scheme, so pages of `app://innkeeper` are shown at an https address that no server can
 * have (RFC 6761), and every address the shell sees is written back. What stays unproven by that: how Chromium treats the custom
 * scheme itself (origin, storage), which Electron's own tests cover.
 */
const SHOWN = 'https://innkeeper.app.invalid';
export const origin = 'app://innkeeper';

export function shownAddress(address: string): string {
  return address.startsWith('app://')
    ? address.replace(/^app:\/\/([^/?#]*)/, 'https://$1.app.invalid')
    : address;
}

export function appAddress(shown: string): string {
  return shown.startsWith('blob:')
    ? `blob:${appAddress(shown.slice(5))}`
    : shown.replace(/^https:\/\/([^/?#]*)\.app\.invalid/, 'app://$1');
}

export const shownOrigin = SHOWN;
