import { expect, test } from 'vitest';
import { rateOf, taskProgress } from './task-progress.ts';

test('the rate comes from two looks, and is kept between looks that are too close', () => {
  expect(rateOf('a', 0, 0)).toBe(0);
  expect(rateOf('a', 2000, 2000)).toBe(1000);
  expect(rateOf('a', 2100, 2100)).toBe(1000);
});

test('the rate is smoothed and follows a change', () => {
  rateOf('b', 0, 0);
  rateOf('b', 1000, 1000);
  const slower = rateOf('b', 1000, 6000);
  expect(slower).toBe(500);
});

test('a step that begins anew forgets the rate of the one before', () => {
  rateOf('c', 0, 0);
  rateOf('c', 5000, 1000);
  expect(rateOf('c', 10, 2000)).toBe(0);
});

test('without bytes or items a bar counts steps', () => {
  expect(taskProgress({ id: 'd', progress: null, stepsDone: 2, stepsTotal: 5 }, 0)).toEqual({
    done: 2,
    total: 5,
    unit: 'steps',
  });
});
