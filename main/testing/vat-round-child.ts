import { vatRoundTask } from '../domains/customers/vat-round-task.ts';
import { openStore } from '../platform/store/store-open.ts';
import { taskEngineForTest, whenTask } from './tasks-for-test.ts';
import { vatRoundParts, vatRoundSchema } from './vat-round-room.ts';

/**
 * An engine of its own that asks VIES about many: `node vat-round-child.ts <store address> <address of VIES> <task>`. It writes a line
 * when it begins and before every question, so that a test can end it in the middle of one.
 */
const [address = '', vies = '', taskId = ''] = process.argv.slice(2);
const store = await openStore({
  address,
  schema: vatRoundSchema,
  program: { name: 'Innkeeper', version: '1.2.3' },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const definition = vatRoundTask(vatRoundParts(store, vies, () => say('asking')));
const engine = await taskEngineForTest(
  { store, address, definitions: [definition] },
  { holder: `engine ${process.pid}` },
);
say('begun');
await engine.begin();
await whenTask(store, taskId);
await engine.stop();
say('done');
await store.close();
