import { SettingsError } from './settings/settings.ts';

export interface PracticeSize {
  readonly hosts: number;
  readonly vms: number;
}

/**
 * How large a practice fleet was asked for: `--hosts` and `--vms` as they were typed; three hosts and 60 VMs where nothing was.
 * @throws SettingsError naming the word that is wrong
 */
export function practiceSize(typed: {
  readonly hosts?: string | undefined;
  readonly vms?: string | undefined;
}): PracticeSize {
  return {
    hosts: wholeNumber('--hosts', typed.hosts ?? '3', 350),
    vms: wholeNumber('--vms', typed.vms ?? '60', 56_000),
  };
}

function wholeNumber(flag: string, text: string, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  throw new SettingsError(`${flag} takes a whole number from 1 to ${max}, not "${text}".`);
}
