import { expect, test } from 'vitest';
import { bootSteps } from './boot-order-set.ts';

const disk = (target: string, bootOrder: number | null) => {
  const boot = bootOrder === null ? '' : `<boot order='${bootOrder}'/>`;
  const xml = `<disk type='file'><target dev='${target}'/>${boot}</disk>`;
  return { target, bus: '', device: 'disk', format: '', source: '', readonly: false, bootOrder, xml };
};

test.each<[string, [string, number | null][], string[], string[]]>([
  [
    'places from 1 where nobody has one',
    [
      ['a', null],
      ['b', null],
    ],
    ['b', 'a'],
    ['b 1', 'a 2'],
  ],
  [
    'after the last where they are taken',
    [
      ['a', 1],
      ['b', 2],
    ],
    ['b', 'a'],
    ['b 3', 'a 4'],
  ],
  [
    'from 1 again',
    [
      ['a', 4],
      ['b', 3],
    ],
    ['a', 'b'],
    ['a 1', 'b 2'],
  ],
  [
    'none for what is not started from',
    [
      ['a', 1],
      ['b', 2],
      ['c', null],
    ],
    ['b'],
    ['b 3', 'a'],
  ],
])('a boot order gives %s', (_, devices, order, steps) => {
  const disks = devices.map(([target, place]) => disk(target, place));
  const taken = new Map(devices);
  const made = bootSteps(
    { disks, nics: [] },
    order.map((id) => ({ kind: 'disk' as const, id })),
  );
  const words = made.map(({ after }) => {
    const target = /dev='(\w)'/.exec(after)?.[1] ?? '';
    const place = /order='(\d+)'/.exec(after)?.[1];
    // At no step do two devices have the same place.
    taken.set(target, place === undefined ? null : Number(place));
    const places = [...taken.values()].filter((one) => one !== null);
    expect(new Set(places).size).toBe(places.length);
    return place === undefined ? target : `${target} ${place}`;
  });
  expect(words).toEqual(steps);
});
