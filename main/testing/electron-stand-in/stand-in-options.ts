/** How the machine is that the stand-in pretends to be; handed over in the environment variable ELECTRON_STAND_IN. */
export interface StandInOptions {
  /** A keyring, only Chromium's built-in password, or nothing. */
  readonly keychain: 'keyring' | 'plain-text' | 'none';
  readonly displays: readonly { x: number; y: number; width: number; height: number }[];
  readonly chromium: string;
}

const STANDARD: StandInOptions = {
  keychain: 'keyring',
  displays: [{ x: 0, y: 0, width: 1920, height: 1080 }],
  chromium: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
};

export const standInOptions: StandInOptions = {
  ...STANDARD,
  ...(JSON.parse(process.env['ELECTRON_STAND_IN'] ?? '{}') as Partial<StandInOptions>),
};
