import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openStore } from '../platform/store/store-open.ts';
import { fileTask, type FileTaskInput } from './file-task.ts';
import { taskEngineForTest, tasksSchemaForTest, whenTask } from './tasks-for-test.ts';

/**
 * An engine in a process of its own, to be killed: starts the file task once for its folder and ends when the task has ended.
 * `killAt`: kills itself (-9) at that moment. `holdAt`: says so in the file `held` and waits there for ever.
 */
export interface FileTaskOrder {
  readonly address: string;
  readonly input: FileTaskInput;
  readonly killAt?: string;
  readonly holdAt?: string;
  readonly leaseMs?: number;
}

const order = JSON.parse(process.argv[2] ?? '{}') as FileTaskOrder;
const definition = fileTask(async (moment) => {
  if (moment === order.killAt) process.kill(process.pid, 'SIGKILL');
  if (moment !== order.holdAt) return;
  writeFileSync(join(order.input.folder, 'held'), '');
  while (existsSync(order.input.folder)) await sleep(1_000);
});
const store = await openStore({
  address: order.address,
  schema: tasksSchemaForTest,
  program: { name: 'Innkeeper', version: '1.2.3' },
});
const lease = order.leaseMs === undefined ? {} : { leaseMs: order.leaseMs };
const engine = await taskEngineForTest({ store, address: order.address, definitions: [definition] }, lease);
await engine.begin();
const { taskId } = await engine.start(definition, order.input, { startedBy: 'ada', key: order.input.folder });
const { task } = await whenTask(store, taskId);
process.stdout.write(task.state);
await engine.stop();
await store.close();
