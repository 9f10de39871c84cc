import { backupStore } from '../../platform/store/store-backup.ts';
import { restoreStore } from '../../platform/store/store-restore.ts';
import { allSchema } from '../all-schema.ts';
import type { Settings } from '../settings/settings.ts';
import { version } from '../version.ts';
import { CommandLineError } from './command-line.ts';
import { EXIT } from './exit-codes.ts';

/** `innkeeper backup FILE`: works beside a running engine. */
export async function backup(
  settings: Settings,
  file: string | undefined,
  print: (words: string) => void,
): Promise<number> {
  if (file === undefined) throw new CommandLineError('Into which file? innkeeper backup FILE');
  print(JSON.stringify(await backupStore(settings.store, file)));
  return EXIT.done;
}

/** `innkeeper restore FILE`: the store it replaces is kept aside. */
export async function restore(
  settings: Settings,
  file: string | undefined,
  print: (words: string) => void,
): Promise<number> {
  if (file === undefined) throw new CommandLineError('From which file? innkeeper restore FILE');
  const program = { name: 'innkeeper', version };
  print(JSON.stringify(await restoreStore(file, settings.store, { schema: allSchema, program })));
  return EXIT.done;
}
