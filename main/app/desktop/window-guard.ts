import type { Session, Shell, WebContents } from 'electron';
import { APP_ORIGIN } from './app-scheme.ts';

/** Asked for by the copy buttons; writes only, and only while the page has the person's attention. */
const GRANTED = 'clipboard-sanitized-write';
/** Everything that leaves this machine or reads its disk. The engine talks to the world, windows never do. */
const OUTSIDE = ['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'ftp://*/*', 'file://*/*'];

/** Chromium's own viewer of PDF documents: an extension that is built in, under this name everywhere. */
const PDF_VIEWER = 'chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/';

/** A page of ours, and no other: the sender of every message is held to it. */
export function isOurs(address: string | undefined): boolean {
  return address !== undefined && (address === APP_ORIGIN || address.startsWith(`${APP_ORIGIN}/`));
}

/** Denies a window everything the console does not need: other pages, new windows and webviews. */
export function guardContents(
  contents: Pick<WebContents, 'on' | 'setWindowOpenHandler'>,
  shell: Pick<Shell, 'openExternal'>,
): void {
  contents.setWindowOpenHandler(({ url }) => {
    // Links out (a vendor's documentation) open in the person's own browser, never in ours.
    if (isWebLink(url)) shell.openExternal(url).catch(() => undefined);
    return { action: 'deny' };
  });
  contents.on('will-frame-navigate', (details) => {
    // A document shown in a frame of a page (an invoice) is an object that page made itself, drawn by Chromium's viewer.
    const isOwnObject = !details.isMainFrame && details.url.startsWith(`blob:${APP_ORIGIN}/`);
    const isViewer = details.url.startsWith(PDF_VIEWER);
    if (!isOurs(details.url) && !isOwnObject && !isViewer) details.preventDefault();
  });
  contents.on('will-redirect', (details) => {
    if (!isOurs(details.url)) details.preventDefault();
  });
  contents.on('will-attach-webview', (event) => event.preventDefault());
}

function isWebLink(address: string): boolean {
  const url = URL.parse(address);
  return url?.protocol === 'https:' && url.username === '' && url.password === '';
}

/** No camera, no location, no clipboard reading, no network: what is needed is asked of the shell or of the engine. */
export function guardSession(
  session: Pick<
    Session,
    | 'setPermissionRequestHandler'
    | 'setPermissionCheckHandler'
    | 'setDevicePermissionHandler'
    | 'setDisplayMediaRequestHandler'
    | 'webRequest'
  >,
): void {
  session.setPermissionRequestHandler((contents, permission, decide) =>
    decide(permission === GRANTED && isOurs(contents.getURL())),
  );
  session.setPermissionCheckHandler(
    (_contents, permission, origin) => permission === GRANTED && isOurs(origin),
  );
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, decide) => decide(null));
  session.webRequest.onBeforeRequest({ urls: OUTSIDE }, (_details, decide) => decide({ cancel: true }));
}
