import { join, resolve } from 'node:path';
import { app, BrowserWindow, dialog, Menu, protocol, safeStorage, session, shell } from 'electron';
import { makeFolder } from '../../platform/calls/folder-make.ts';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { openLog, type Log } from '../../platform/log/log.ts';
import { redact } from '../../platform/secrets/redact.ts';
import { programFolder, rendererFolder } from '../program-folders.ts';
import { installationFacts } from '../settings/installations.ts';
import { SettingsError } from '../settings/settings.ts';
import { version } from '../version.ts';
import { registerAppScheme, serveApp } from './app-scheme.ts';
import { ConsoleWindows } from './console-windows.ts';
import { linkAmong, viewOfLink } from './deep-link.ts';
import { readDesktopOptions, userDataFolder, type DesktopOptions } from './desktop-options.ts';
import { EngineLink } from './engine-link.ts';
import { whyNoKeychain, type Keychain } from './keychain.ts';
import { menuTemplate, type MenuOptions } from './menu.ts';
import { guardContents, guardSession } from './window-guard.ts';
import { answerWindows } from './window-messages.ts';

// Entry of the desktop: windows, menu, dialogs, notifications, keychain and links. The engine runs in a process of its own.
// What must come before the application is ready stands before the first await: this module is loaded asynchronously.

registerAppScheme(protocol);
app.enableSandbox();
app.setAppUserModelId('example.innkeeper.console');
begin();

function begin(): void {
  let options: DesktopOptions;
  let folder: string;
  try {
    options = readDesktopOptions(process.argv.slice(app.isPackaged ? 1 : 2));
    folder = userDataFolder(options);
    makeFolder(folder, 'INNKEEPER_DATA_FOLDER');
  } catch (error) {
    if (!(error instanceof SettingsError || error instanceof OperatingFailure)) throw error;
    void app.whenReady().then(() => giveUp(error.message, 2));
    return;
  }
  app.setPath('userData', folder);
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return;
  }
  run(options).catch((error: unknown) => giveUp(error instanceof Error ? error.message : String(error), 1));
}

async function run(options: DesktopOptions): Promise<void> {
  const { settings } = options;
  const log = openLog({ folder: settings.logFolder, name: 'shell', level: settings.logLevel, redact });
  const stateFile = join(app.getPath('userData'), 'window-state.json');
  const windows = new ConsoleWindows({ stateFile, log });
  const openLogs = (): void => void shell.openPath(settings.logFolder);
  const engine = new EngineLink({
    entry: join(programFolder, 'dist/main/engine-process.js'),
    arguments: options.words,
    log,
    onFailed: (sentence) => void askAfterFailure(sentence, { tryAgain: () => engine.tryAgain(), openLogs }),
  });
  const openFirst = takeLinks(windows);
  guard(windows, log);
  endWith(engine, log);
  await app.whenReady();
  guardSession(session.defaultSession);
  serveApp(protocol, rendererFolder);
  const installations = options.practice ? [] : installationFacts(settings);
  answerWindows({
    connect: (contents, to) => engine.connect(contents, to),
    installations,
    openWindow: (view) => void windows.open(view),
    log,
  });
  setMenu(windows, { installations, openLogs });
  openFirst();
  // After the window, since the system may ask the person to unlock the keychain first.
  engine.start(await usableKeychain(log));
}

/** Links and second starts, from the first moment on. Answers how to open the first window, at the link it was started with. */
function takeLinks(windows: ConsoleWindows): () => void {
  let isOpen = false;
  let first = viewOfLink(linkAmong(process.argv));
  const take = (view: string | undefined): void => {
    if (isOpen) windows.show(view);
    else first = view ?? first;
  };
  app.on('second-instance', (_event, argv) => take(viewOfLink(linkAmong(argv))));
  app.on('open-url', (event, url) => {
    event.preventDefault();
    take(viewOfLink(url));
  });
  const [, folder] = process.argv;
  // From a checkout the runtime must be told which application to open; packed, it is the application.
  if (app.isPackaged || folder === undefined) app.setAsDefaultProtocolClient('innkeeper');
  else app.setAsDefaultProtocolClient('innkeeper', process.execPath, [resolve(folder)]);
  return () => {
    isOpen = true;
    windows.open(first);
  };
}

function guard(windows: ConsoleWindows, log: Log): void {
  app.on('web-contents-created', (_event, contents) => {
    guardContents(contents, shell);
    contents.on('render-process-gone', (_gone, details) => {
      if (details.reason === 'clean-exit') return;
      log.error('a page ended', { ...details });
      if (details.reason !== 'launch-failed' && !contents.isDestroyed()) contents.reload();
    });
  });
  app.on('child-process-gone', (_event, details) =>
    log.warn('a process of the runtime ended', { ...details }),
  );
  app.on('activate', () => {
    if (BrowserWindow.getAllWindows().length === 0) windows.open();
  });
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
}

/** The windows are gone at once; the program ends when the engine has put down what it did. */
function endWith(engine: EngineLink, log: Log): void {
  let isStopped = false;
  app.on('will-quit', (event) => {
    if (isStopped) return;
    event.preventDefault();
    void engine
      .stop()
      .then(async () => await log.close())
      .finally(() => {
        isStopped = true;
        app.quit();
      });
  });
}

function setMenu(
  windows: ConsoleWindows,
  { installations, openLogs }: Pick<MenuOptions, 'installations' | 'openLogs'>,
): void {
  app.setAboutPanelOptions({ applicationName: 'Innkeeper', applicationVersion: version });
  const template = menuTemplate({
    platform: process.platform,
    installations,
    say: (name, value) => windows.say(name, value),
    newWindow: () => void windows.open(),
    openLogs,
  });
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}

async function usableKeychain(log: Log): Promise<Keychain | undefined> {
  const why = await whyNoKeychain(safeStorage, process.platform);
  if (why !== undefined) log.warn(why);
  return why === undefined ? safeStorage : undefined;
}

async function askAfterFailure(
  sentence: string,
  { tryAgain, openLogs }: { tryAgain: () => void; openLogs: () => void },
): Promise<void> {
  const { response } = await dialog.showMessageBox({
    type: 'error',
    title: 'Innkeeper',
    message: 'The engine does not run',
    detail: sentence,
    buttons: ['Try Again', 'Open Log Folder', 'Quit'],
    defaultId: 0,
    cancelId: 2,
  });
  if (response === 0) tryAgain();
  else if (response === 1) {
    openLogs();
    await askAfterFailure(sentence, { tryAgain, openLogs });
  } else app.quit();
}

function giveUp(sentence: string, exitCode: number): void {
  dialog.showErrorBox('Innkeeper cannot start', sentence);
  app.exit(exitCode);
}
