import { expect, test } from 'vitest';
import { installationFacts, installationSettings } from './installations.ts';
import { readSettings, type Settings } from './settings.ts';

const PRAGUE = {
  name: 'prague',
  store: 'postgres://ik:hunter2@db1/prague',
  colour: 'amber',
  label: 'Prague',
};
const BRNO = { name: 'brno', store: 'sqlite:/srv/brno.sqlite', keyFile: '/srv/brno.key', login: 'anna.b' };

function read(
  installations: unknown,
  {
    environment = {},
    words = {},
  }: { environment?: Record<string, string>; words?: { store?: string; installation?: string } } = {},
): Settings {
  return readSettings({
    environment: {
      HOME: '/home/anna',
      INNKEEPER_INSTALLATIONS: JSON.stringify(installations),
      ...environment,
    },
    arguments: words,
  });
}

test('without any there is one store, as ever', () => {
  expect(readSettings({ environment: { HOME: '/home/anna' } })).toMatchObject({
    installations: [],
    installation: '',
    store: 'sqlite:/home/anna/.local/share/innkeeper/innkeeper.sqlite',
  });
});

const ELSEWHERE = 'sqlite:/srv/else.sqlite';
test.each<
  [what: string, given: Parameters<typeof read>[1], installation: string, store: string, all: string[]]
>([
  ['nothing: the first', {}, 'prague', PRAGUE.store, ['prague', 'brno']],
  [
    'one by the environment',
    { environment: { INNKEEPER_INSTALLATION: 'brno' } },
    'brno',
    BRNO.store,
    ['prague', 'brno'],
  ],
  ['one on the command line', { words: { installation: 'brno' } }, 'brno', BRNO.store, ['prague', 'brno']],
  [
    'a store beside them: it is "home"',
    { words: { store: ELSEWHERE } },
    'home',
    ELSEWHERE,
    ['home', 'prague', 'brno'],
  ],
  ['the store of one of them', { words: { store: BRNO.store } }, 'brno', BRNO.store, ['prague', 'brno']],
  [
    'a store by the environment, one on the command line',
    { environment: { INNKEEPER_STORE: ELSEWHERE }, words: { installation: 'brno' } },
    'brno',
    BRNO.store,
    ['home', 'prague', 'brno'],
  ],
  [
    'one by the environment, a store on the command line',
    { environment: { INNKEEPER_INSTALLATION: 'brno' }, words: { store: ELSEWHERE } },
    'home',
    ELSEWHERE,
    ['home', 'prague', 'brno'],
  ],
])('said %s', (_what, given, installation, store, all) => {
  const settings = read([PRAGUE, BRNO], given);
  expect([settings.installation, settings.store, settings.installations.map((each) => each.name)]).toEqual([
    installation,
    store,
    all,
  ]);
});

test('what one says of itself is not carried over to the next', () => {
  const brno = read([PRAGUE, BRNO], { words: { installation: 'brno' } });
  expect(brno).toMatchObject({ keyFile: '/srv/brno.key', login: 'anna.b' });
  const prague = installationSettings(brno, 'prague');
  const first = read([PRAGUE, BRNO]);
  expect([prague?.store, prague?.keyFile, prague?.login]).toEqual([PRAGUE.store, first.keyFile, first.login]);
  expect(installationSettings(brno, 'ostrava')).toBeUndefined();
});

test('a page is told names, labels and colours, the one opened first before the others, and no store', () => {
  const facts = installationFacts(read([PRAGUE, BRNO], { words: { installation: 'brno' } }));
  expect(facts).toEqual([
    { name: 'brno', label: 'brno' },
    { name: 'prague', label: 'Prague', colour: 'amber' },
  ]);
});

test.each<[what: string, installations: unknown, given: Parameters<typeof read>[1], message: string]>([
  [
    'a name twice',
    [PRAGUE, { ...BRNO, name: 'prague' }],
    {},
    'a name that no other has, not "prague" again (1.name)',
  ],
  [
    'a store twice',
    [PRAGUE, { ...PRAGUE, name: 'brno' }],
    {},
    'a store of its own: "prague" has this one (1.store)',
  ],
  [
    'a store twice by another password',
    [PRAGUE, { name: 'brno', store: 'postgres://ik:other@db1/prague' }],
    {},
    'a store of its own: "prague" has this one (1.store)',
  ],
  ['a name with capitals', [{ ...BRNO, name: 'Brno' }], {}, 'small letters, digits and -'],
  ['the name of all', [{ ...BRNO, name: 'all' }], {}, 'small letters, digits and -'],
  ['no store', [{ name: 'brno' }], {}, 'sqlite:FILE or postgres://'],
  ['a setting that is none', [{ ...BRNO, prot: 1 }], {}, 'prot'],
  ['a colour that is none', [{ ...BRNO, colour: 'red' }], {}, '(0.colour)'],
  ['something else', { brno: 1 }, {}, 'must be a list of { "name", "store" }'],
  [
    'one that is not there',
    [PRAGUE, BRNO],
    { words: { installation: 'ostrava' } },
    'There is no installation "ostrava". There are: prague, brno.',
  ],
  ['one where there are none', [], { words: { installation: 'brno' } }, 'There is no installation "brno"'],
  [
    'both on the command line',
    [PRAGUE, BRNO],
    { words: { installation: 'brno', store: ELSEWHERE } },
    '--store and --installation name two stores',
  ],
  [
    'one called home beside a store',
    [{ ...BRNO, name: 'home' }],
    { words: { store: ELSEWHERE } },
    'The store of "store" is called "home"',
  ],
])('%s is refused', (_what, installations, given, message) => {
  let said = '';
  try {
    read(installations, given);
  } catch (error) {
    said = (error as Error).message;
  }
  expect(said).toContain(message);
  expect(said).not.toContain('hunter2');
});
