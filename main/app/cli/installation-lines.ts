import { parseStoreAddress } from '../../platform/store/store-address.ts';
import type { Settings } from '../settings/settings.ts';

/** The installations of the settings, a line each, the one that is worked on with a star; passwords are not shown. */
export function installationLines({ installations, installation, store }: Settings): string {
  if (installations.length === 0)
    return `There is one store, ${parseStoreAddress(store).shown}. The settings name no installations.`;
  const width = Math.max(...installations.map((each) => each.name.length));
  return installations
    .map((each) => {
      const mark = each.name === installation ? '*' : ' ';
      const label = each.label === undefined ? '' : `  ${each.label}`;
      return `${mark} ${each.name.padEnd(width)}  ${parseStoreAddress(each.store).shown}${label}`;
    })
    .join('\n');
}
