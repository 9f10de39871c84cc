import { openStore } from '../platform/store/store-open.ts';
import { billingRoom, closePressForTest } from './billing-room.ts';
import { closePoolDays, poolRunSchema, POOLS_NOW, postPoolRun } from './pool-run-room.ts';

/**
 * An engine of its own that bills customers with pools: `node pool-run-child.ts <store address> days`, or `… post <run> <round>`. It
 * writes a line with every transaction, so that a test can end it in the middle of one.
 */
const [address = '', work = '', runId = '', round = ''] = process.argv.slice(2);
const store = await openStore({
  address,
  schema: poolRunSchema,
  program: { name: 'Innkeeper', version: '1.2.3' },
});
const room = billingRoom(store);
room.setNow(POOLS_NOW);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
say('begun');
if (work === 'days') await closePoolDays(room, () => say('closing'));
else await postPoolRun(room, { runId, round: Number(round) }, () => say('posted'));
say('done');
await closePressForTest();
await store.close();
