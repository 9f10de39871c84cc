import { expect, test } from 'vitest';
import { normaliseDomain } from './domain-definition.ts';
import { domainShape } from './domain-shape.ts';
import { castGuest, castLoad } from './guest-cast.ts';
import { countersBetween } from './guest-load.ts';
import { seededDefinition } from './practice-seeding.ts';
import { seededMac, seededUuid } from './seeded-random.ts';

const orders = Array.from({ length: 60 }, (_, order) => order);
const idsOf = (order: number): { uuid: string; mac: string } => ({
  uuid: seededUuid(order, 6),
  mac: seededMac(order, 7),
});

test('the facts of a seeded guest are those of its XML', () => {
  for (const order of orders) {
    const { shape, xml } = seededDefinition(castGuest(order, order * 17), idsOf(order));
    expect(shape).toEqual(domainShape(normaliseDomain(xml)));
  }
});

test('the same seed gives the same guests, another seed others', () => {
  const fleet = (seed: number): unknown => orders.map((order) => castGuest(order, seed + order));
  expect(fleet(5)).toEqual(fleet(5));
  expect(fleet(5)).not.toEqual(fleet(6));
});

test('no two guests of a fleet have a name in common', () => {
  expect(new Set(orders.map((order) => castGuest(order, order * 131).name)).size).toBe(orders.length);
});

test('what a guest uses never runs backwards, follows the day, and stays within its vCPUs', () => {
  const hourMs = 3_600_000;
  const midnightMs = Date.UTC(2026, 0, 14);
  for (const seed of orders) {
    const profile = castLoad(seed);
    const hours = Array.from({ length: 24 }, (_, hour) => {
      const fromMs = midnightMs + hour * hourMs;
      return countersBetween(profile, { seed, vcpus: 4, fromMs, toMs: fromMs + hourMs });
    });
    for (const hour of hours) {
      for (const value of Object.values(hour)) expect(value).toBeGreaterThan(0);
      expect(hour.cpuNs).toBeLessThanOrEqual(4 * hourMs * 1e6);
    }
    const at = (hour: number): number => hours[Math.floor(hour) % 24]?.cpuNs ?? 0;
    expect(at(profile.peakHour)).toBeGreaterThan(at(profile.peakHour + 12));
  }
});
