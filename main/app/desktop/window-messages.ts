import {
  BrowserWindow,
  ipcMain,
  type IpcMainEvent,
  type IpcMainInvokeEvent,
  type WebContents,
} from 'electron';
import type { InstallationFacts } from '../../../shared/contract/installation.ts';
import type { Log } from '../../platform/log/log.ts';
import { answerAsk } from './desktop-asks.ts';
import { isOurs } from './window-guard.ts';

/** The two things a window may say, from the page of ours in a window of ours and from nobody else. */
export function answerWindows(shell: {
  connect: (contents: WebContents, to: string) => void;
  openWindow: (view: string) => void;
  installations: readonly InstallationFacts[];
  log: Log;
}): void {
  ipcMain.on('innkeeper:port', (event, to: unknown) => {
    if (senderWindow(event)) shell.connect(event.sender, typeof to === 'string' ? to : '');
    else shell.log.warn('a message from a page that is not ours was refused', { page: pageOf(event) });
  });
  ipcMain.handle('innkeeper:ask', async (event, name: unknown, input: unknown) => {
    const window = senderWindow(event);
    if (!window) {
      shell.log.warn('a question from a page that is not ours was refused', { page: pageOf(event) });
      return { failure: 'The shell answers only the console.' };
    }
    try {
      return { value: await answerAsk(window, { name, input }, shell) };
    } catch (error) {
      return { failure: error instanceof Error ? error.message : String(error) };
    }
  });
}

/** The window whose top page, one of ours, sent this. */
function senderWindow(event: IpcMainEvent | IpcMainInvokeEvent): BrowserWindow | undefined {
  const { senderFrame } = event;
  const isOurPage = senderFrame !== null && senderFrame.parent === null && isOurs(senderFrame.url);
  return isOurPage ? (BrowserWindow.fromWebContents(event.sender) ?? undefined) : undefined;
}

function pageOf({ senderFrame }: IpcMainEvent | IpcMainInvokeEvent): string {
  return senderFrame?.url.slice(0, 200) ?? 'a page that is gone';
}
