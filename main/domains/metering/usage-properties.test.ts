import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { closeDays, closePressForTest, openBillingRoom } from '../../testing/billing-room.ts';
import { chargesIn, sellByPeriod, type Components } from '../../testing/period-room.ts';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { apiCalls, declareCalls, tell } from '../../testing/usage-room.ts';

afterAll(closePressForTest);

const RUNS = Number(process.env['FC_RUNS'] ?? 3);
/** Said where it fails; FC_SEED tells other events, FC_RUNS more of them. */
const SEED = Number(process.env['FC_SEED'] ?? 20_261_130);

/** A quantity in thousandths on one of the last days of October, and into how many events it is cut. */
const used = fc.record({
  day: fc.integer({ min: 28, max: 31 }),
  thousandths: fc.integer({ min: 0, max: 5_000_000 }),
  pieces: fc.integer({ min: 1, max: 4 }),
});

/** As many events as it has pieces, which come to the quantity. */
function cut(of: { day: number; thousandths: number; pieces: number }, name: string): string[] {
  const at = `2026-10-${String(of.day).padStart(2, '0')}`;
  const each = Math.floor(of.thousandths / of.pieces);
  return Array.from({ length: of.pieces }, (_, n) => {
    const part = n === 0 ? of.thousandths - each * (of.pieces - 1) : each;
    return `${name}-${n} ${at} ${(part / 1000).toFixed(3)}`;
  });
}

describeOnBothStores('usage events', (stores) => {
  it('come to the same however they are cut up, ordered, repeated and put into batches', async () => {
    const room = await openBillingRoom(stores);
    room.setNow('2026-11-01T08:00:00Z');
    await declareCalls(room);
    const tiered: Components[number] = {
      ...apiCalls,
      included: '100',
      pricing: {
        tiers: 'graduated',
        bands: [
          { upTo: '500', price: '0.013' },
          { upTo: null, price: '0.0071' },
        ],
      },
    };
    const pairs: { whole: string; cut: string }[] = [];
    const runs = fc.sample(
      fc.record({
        usage: fc.array(used, { minLength: 1, maxLength: 5 }),
        seed: fc.nat(),
        batch: fc.integer({ min: 4, max: 9 }),
      }),
      { numRuns: RUNS, seed: SEED },
    );
    for (const [run, { usage, seed, batch }] of runs.entries()) {
      const whole = await sellByPeriod(room, {
        name: `Whole ${run}`,
        components: [tiered],
        startsOn: '2026-10-28',
      });
      const pieces = await sellByPeriod(room, {
        name: `Cut ${run}`,
        components: [tiered],
        startsOn: '2026-10-28',
      });
      await tell(
        room,
        whole.subscriptionId,
        usage.flatMap((of, n) => cut({ ...of, pieces: 1 }, `whole-${run}-${n}`)),
      );
      const events = usage.flatMap((of, n) => cut(of, `cut-${run}-${n}`));
      // Each at least once, in an order of its own.
      const sent = [...events, ...events.filter((_, n) => (seed + n) % 3 === 0)].toSorted((one, other) =>
        shuffle(one, seed) < shuffle(other, seed) ? -1 : 1,
      );
      for (let start = 0; start < sent.length; start += batch)
        await tell(room, pieces.subscriptionId, sent.slice(start, start + batch));
      pairs.push({ whole: whole.subscriptionId, cut: pieces.subscriptionId });
    }
    await closeDays(room, '2026-10-28', '2026-11-01');
    for (const [run, pair] of pairs.entries())
      expect(await chargesIn(room, pair.cut), `run ${run} of FC_SEED=${SEED}`).toEqual(
        await chargesIn(room, pair.whole),
      );
    expect(await room.call('billing.ledgerVerify', {})).toMatchObject({ ok: true });
  });
});

/** Some order, the same for a seed. */
function shuffle(text: string, seed: number): number {
  let hash = seed % 65_521;
  for (const letter of text) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 65_521;
  return hash;
}
