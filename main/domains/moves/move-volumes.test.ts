import { expect, test } from 'vitest';
import { movedVolumeName } from './move-volumes.ts';

const first = 'move_01k9z3abcdefghjkmnp1111aaaa';
const second = 'move_01k9z3abcdefghjkmnp2222bbbb';

test.each([
  ['web.qcow2', 'vda', 'web.m1111aaaa-vda.qcow2'],
  ['web', 'vda', 'web.m1111aaaa-vda'],
  ['web.v2.raw', 'vdb', 'web.v2.m1111aaaa-vdb.raw'],
  ['web-k3j5-seed.iso', 'sda', 'web-k3j5.m1111aaaa-sda-seed.iso'],
  ['seed.iso', 'sda', 'seed.m1111aaaa-sda.iso'],
  [`${'x'.repeat(250)}.img`, 'vda', `${'x'.repeat(180)}.m1111aaaa-vda.img`],
])('%s on %s is called %s', (name, target, moved) => {
  expect(movedVolumeName(name, { moveId: first, target })).toBe(moved);
});

test('names are of one move and one drive, and do not grow with every move', () => {
  const names = [first, second].flatMap((moveId) =>
    ['vda', 'vdb'].map((target) => movedVolumeName('d.qcow2', { moveId, target })),
  );
  expect(new Set(names).size).toBe(4);
  const [once = ''] = names;
  expect(movedVolumeName(once, { moveId: second, target: 'vda' })).toBe('d.m2222bbbb-vda.qcow2');
});
