import { z } from 'zod';
import { environmentColour } from '../../../shared/domains/system/system-contract.ts';
import type { InstallationFacts } from '../../../shared/contract/installation.ts';
import { StoreError } from '../../platform/store/store-error.ts';
import { parseStoreAddress } from '../../platform/store/store-address.ts';
import { flag, login, storeForm, text, webAddress, wholeNumber } from './setting-forms.ts';
import type { Settings } from './settings.ts';

/** What the store of `store` is called beside others. */
export const HOME = 'home';
const NAME_FORM =
  'small letters, digits and -, beginning with a letter, 32 at most; "all" is every one of them';
/** Stands in addresses and on command lines. */
export const installationName = z.string(NAME_FORM).regex(/^(?!all$)[a-z][a-z0-9-]{0,31}$/, NAME_FORM);

const entry = z.strictObject({
  name: installationName,
  store: storeForm,
  label: z.string('a few words').trim().min(1, 'a few words').max(40, 'at most 40 letters').optional(),
  colour: environmentColour.optional(),
  /** What may differ from the settings of the program. */
  keyFile: text('a file').optional(),
  login: login.optional(),
  prometheus: webAddress.optional(),
  sweepSeconds: wholeNumber(2, 3600).optional(),
  duties: flag.optional(),
});
/** One store a console can switch to, and what of the settings is another there. */
export type Installation = Readonly<z.infer<typeof entry>>;

const list = z
  .array(entry, 'a list of { "name", "store" }')
  .max(32, 'at most 32 installations')
  .superRefine((all, context) => {
    const seen = new Map<string, string>();
    for (const [at, { name, store }] of all.entries()) {
      const place = placeOf(store);
      if (all.findIndex((each) => each.name === name) !== at)
        context.addIssue({
          code: 'custom',
          path: [at, 'name'],
          message: `a name that no other has, not "${name}" again`,
        });
      const other = seen.get(place);
      if (other !== undefined)
        context.addIssue({
          code: 'custom',
          path: [at, 'store'],
          message: `a store of its own: "${other}" has this one`,
        });
      seen.set(place, name);
    }
  });

/** As a list in the file, as JSON text everywhere else. */
export const installationsSchema = z
  .union([z.array(z.unknown()), z.string().transform(asJson)], 'a list of { "name", "store" }')
  .pipe(list);

function asJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** What tells two stores apart whatever the password. */
function placeOf(store: string): string {
  try {
    return parseStoreAddress(store).shown;
  } catch (error) {
    if (error instanceof StoreError) return store;
    throw error;
  }
}

/**
 * The settings for the installation that is worked on. A store named by itself is an installation too, called "home", and comes first; of a store and an
 * installation, the one said later in the order of places counts (command line, environment, file).
 */
export function chosenInstallation(
  settings: Settings,
  rank: { readonly store?: number; readonly installation?: number },
  refuse: (why: string) => never,
): Settings {
  const { installations: listed, installation: wanted } = settings;
  if (listed.length === 0) {
    if (wanted !== '' && wanted !== HOME) refuse(unknown(wanted, []));
    return { ...settings, installation: '' };
  }
  if (rank.store === 0 && rank.installation === 0)
    refuse('--store and --installation name two stores: give one of them.');
  const known = listed.find((each) => placeOf(each.store) === placeOf(settings.store));
  const home: Installation[] =
    rank.store === undefined || known ? [] : [{ name: HOME, store: settings.store }];
  if (listed.some((each) => each.name === HOME) && home.length > 0)
    refuse('The store of "store" is called "home": give the installation of that name another.');
  const { keyFile, login: who, prometheus, sweepSeconds, duties } = settings;
  // Each whole, so that what one says of itself is not carried over to the next one switched to.
  const usual = { keyFile, login: who, prometheus, sweepSeconds, duties };
  const all = [...home, ...listed].map((each) => ({ ...usual, ...each }));
  const isByStore = rank.store !== undefined && rank.store < (rank.installation ?? Infinity);
  const name = isByStore ? (known?.name ?? HOME) : wanted === '' ? all[0]?.name : wanted;
  return (
    installationSettings({ ...settings, installations: all }, name ?? '') ??
    refuse(
      unknown(
        wanted,
        all.map((each) => each.name),
      ),
    )
  );
}

function unknown(name: string, all: readonly string[]): string {
  return all.length === 0
    ? `There is no installation "${name}": the settings name none (docs/installations.md).`
    : `There is no installation "${name}". There are: ${all.join(', ')}.`;
}

/** The program's settings as they are for one installation; undefined where it has none of that name. */
export function installationSettings(settings: Settings, name: string): Settings | undefined {
  const found = settings.installations.find((each) => each.name === name);
  if (!found) return undefined;
  const { name: installation, label: _label, colour: _colour, ...own } = found;
  return { ...settings, ...(own as Partial<Settings>), installation };
}

/** What a page may know of them: no address of a store, which may hold a password. The one opened first comes first. */
export function installationFacts({ installations, installation }: Settings): InstallationFacts[] {
  const facts = installations.map(({ name, label, colour }) => ({
    name,
    label: label ?? name,
    ...(colour === undefined ? {} : { colour }),
  }));
  return facts.toSorted((a, b) => Number(b.name === installation) - Number(a.name === installation));
}
