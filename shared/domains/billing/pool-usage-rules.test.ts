import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { poolUsage, type MemberHour, type MemberStay } from './pool-usage-rules.ts';

const HOUR_MS = 3_600_000;

/** `on`: vCPUs of which VM in which hour. */
function hour(vmId: string, at: number, vcpus: number, more: Partial<MemberHour> = {}): MemberHour {
  const runningMs = vcpus === 0 ? 0 : HOUR_MS;
  return {
    vmId,
    hourAtMs: at * HOUR_MS,
    runningMs,
    vcpuMs: vcpus * HOUR_MS,
    mibMs: vcpus * 1024 * HOUR_MS,
    diskMibMs: 10_240 * HOUR_MS,
    sentBytes: 5,
    addresses: vcpus === 0 ? 0 : 1,
    ...more,
  };
}
const stay = (vmId: string, from = 0, to: number | null = null): MemberStay => ({
  vmId,
  fromMs: from * HOUR_MS,
  toMs: to === null ? null : to * HOUR_MS,
});

describe('what a pool used', () => {
  it('has its mark in the hour that is highest for all members together, not where each is highest', () => {
    const hours = [
      hour('a', 0, 8),
      hour('b', 0, 1),
      hour('a', 1, 2),
      hour('b', 1, 8),
      hour('a', 2, 5),
      hour('b', 2, 4),
    ];
    const { together, markAtMs, members } = poolUsage([stay('a'), stay('b')], hours);
    expect(together.vcpuMarkMs).toBe(BigInt(10 * HOUR_MS));
    expect(markAtMs.vcpuMs).toBe(HOUR_MS);
    expect(members.map(({ vmId, atMark }) => [vmId, atMark.vcpuMs / BigInt(HOUR_MS)])).toEqual([
      ['a', 2n],
      ['b', 8n],
    ]);
    expect(together.vcpuMs).toBe(BigInt(28 * HOUR_MS));
    expect(together.sentBytes).toBe(30n);
    expect(together.addresses).toBe(2);
  });

  it.each<[string, MemberStay[], number]>([
    ['a member counts from the hour it came', [stay('a'), stay('b', 1)], 2 + 8 + 8],
    ['and until the hour it left', [stay('a'), stay('b', 0, 1)], 8 + 2 + 1],
    ['one that came back in the hour it left misses none', [stay('b', 0, 1), stay('b', 1)], 9],
    ['nor does it count twice where its stays overlap', [stay('b', 0, 2), stay('b', 1)], 9],
    ['one that came and left in an hour counts nothing', [stay('b', 1, 1)], 0],
    ['VMs that are no members count nothing', [stay('c')], 0],
  ])('%s', (_what, stays, vcpuHours) => {
    const hours = [hour('a', 0, 8), hour('b', 0, 1), hour('a', 1, 2), hour('b', 1, 8)];
    expect(Number(poolUsage(stays, hours).together.vcpuMs) / HOUR_MS).toBe(vcpuHours);
  });

  it('takes the first of hours that are as high, and no hour where nothing was used', () => {
    const { markAtMs } = poolUsage([stay('a')], [hour('a', 3, 2), hour('a', 1, 2)]);
    expect(markAtMs).toMatchObject({ vcpuMs: HOUR_MS, mibMs: HOUR_MS });
    expect(poolUsage([stay('a')], []).markAtMs.vcpuMs).toBeNull();
  });

  it('is no less than the highest of any member and no more than all of them, in whatever order hours come', () => {
    const anyHour = fc
      .tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(24), fc.nat(64))
      .map(([vmId, at, vcpus]) => hour(vmId, at, vcpus));
    const anyHours = fc.uniqueArray(anyHour, {
      maxLength: 50,
      selector: (of) => `${of.vmId} ${of.hourAtMs}`,
    });
    fc.assert(
      fc.property(anyHours, (hours) => {
        const stays = ['a', 'b', 'c'].map((vmId) => stay(vmId));
        const all = poolUsage(stays, hours);
        const alone = stays.map((one) => poolUsage([one], hours).together);
        const highest = alone.map(({ vcpuMarkMs }) => vcpuMarkMs);
        expect(all.together.vcpuMarkMs).toBeGreaterThanOrEqual(highest.reduce((a, b) => (a > b ? a : b), 0n));
        expect(all.together.vcpuMarkMs).toBeLessThanOrEqual(highest.reduce((a, b) => a + b, 0n));
        expect(all.together.mibMs).toBe(alone.reduce((sum, { mibMs }) => sum + mibMs, 0n));
        expect(poolUsage(stays, hours.toReversed())).toEqual(all);
      }),
    );
  });
});
