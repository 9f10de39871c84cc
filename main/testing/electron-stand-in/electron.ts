import type * as Real from 'electron';
import { app } from './app.ts';
import { BrowserWindowStandIn as BrowserWindow } from './browser-window.ts';
import { listenToTest } from './control.ts';
import { dialog, NotificationStandIn as Notification } from './dialogs.ts';
import { ipcMain } from './ipc-main.ts';
import { MessageChannelStandIn as MessageChannelMain } from './message-ports.ts';
import { pretendRuntime } from './pretend-runtime.ts';
import { protocol } from './protocol.ts';
import { safeStorage } from './safe-storage.ts';
import { session } from './session.ts';
import { Menu, nativeTheme, screen, shell } from './system.ts';
import { utilityProcess } from './utility-process.ts';

// The module `electron` as far as the shell uses it. A test holds it to electron.d.ts: the same names, methods and events.

pretendRuntime('browser');
listenToTest();

export {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  MessageChannelMain,
  nativeTheme,
  Notification,
  protocol,
  safeStorage,
  screen,
  session,
  shell,
  utilityProcess,
};

// What can be compared by shape is compared by the compiler. Not the listeners: Electron declares them one overload per event.
app satisfies Pick<
  Real.App,
  | 'whenReady'
  | 'isReady'
  | 'enableSandbox'
  | 'setPath'
  | 'getPath'
  | 'setAppUserModelId'
  | 'setAboutPanelOptions'
  | 'requestSingleInstanceLock'
  | 'quit'
  | 'exit'
  | 'isPackaged'
>;
safeStorage satisfies Pick<
  Real.SafeStorage,
  'isAsyncEncryptionAvailable' | 'encryptStringAsync' | 'decryptStringAsync'
>;
nativeTheme satisfies Pick<Real.NativeTheme, 'shouldUseDarkColors'>;
shell satisfies Pick<Real.Shell, 'openExternal' | 'openPath'>;
protocol satisfies Pick<Real.Protocol, 'registerSchemesAsPrivileged'>;
dialog satisfies Pick<typeof Real.dialog, 'showErrorBox'>;
BrowserWindow.prototype satisfies Pick<
  Real.BrowserWindow,
  | 'show'
  | 'focus'
  | 'restore'
  | 'maximize'
  | 'close'
  | 'loadURL'
  | 'getNormalBounds'
  | 'isMaximized'
  | 'isMinimized'
  | 'isVisible'
  | 'isDestroyed'
>;
