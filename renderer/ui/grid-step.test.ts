import { expect, test } from 'vitest';
import { gridStep } from './grid-step.ts';

test.each([
  [0, 0.5],
  [9, 5],
  [650, 200],
  [800, 200],
  [801, 500],
  [12_400, 5000],
])('a chart up to %d has lines every %d', (max, step) => {
  expect(gridStep(max)).toBe(step);
});
