import { expect, test } from 'vitest';
import { closeLate } from './vms-by-query.ts';

type Reaching = Parameters<typeof closeLate>[1];

const engine = (close: () => Promise<void>) => async () => ({ engine: { close } });

test.each<[what: string, reach: () => Reaching, said: string[]]>([
  ['is closed', engine(async () => undefined), []],
  [
    'cannot be closed',
    engine(async () => Promise.reject(new Error('the disk is full'))),
    ['brno was opened too late and could not be closed: the disk is full'],
  ],
  // Said before, as the reason why it did not answer.
  ['could not be opened', async () => await Promise.reject(new Error('no such database')), []],
])('an engine that was still being opened when the command ended and %s', async (_, reach, said) => {
  const heard: string[] = [];
  await closeLate('brno', reach(), (words) => heard.push(words));
  expect(heard).toEqual(said);
});
