import { expect, test } from 'vitest';
import { describeOnBothStores } from '../../testing/store-for-test.ts';
import { openTaskBackend, type TaskBackend } from './task-backend.ts';

describeOnBothStores('the record of runs', ({ newAddress }) => {
  async function run(backend: TaskBackend['backend'], key: string): Promise<string> {
    const created = await backend.createWorkflowRun({
      workflowName: 'made-up',
      version: null,
      idempotencyKey: key,
      config: {},
      context: null,
      input: null,
      parentStepAttemptNamespaceId: null,
      parentStepAttemptId: null,
      availableAt: null,
      deadlineAt: null,
    });
    return created.id;
  }

  test('engines that open it at the same moment share it', async () => {
    const address = await newAddress();
    const opened = await Promise.all(Array.from({ length: 3 }, async () => await openTaskBackend(address)));
    const ids = await Promise.all(opened.map(async ({ backend }) => await run(backend, 'one')));
    expect(new Set(ids).size).toBe(1);
    for (const { close } of opened) await close();
  });

  test('runs that ended long ago are forgotten with their steps, others stay', async () => {
    const { backend, forget, close } = await openTaskBackend(await newAddress());
    const [ended, running] = [await run(backend, 'ended'), await run(backend, 'running')];
    const worker = { workerId: 'w1', leaseDurationMs: 60_000 };
    const claimed = await backend.claimWorkflowRun(worker);
    expect(claimed?.id).toBe(ended);
    await backend.createStepAttempt({
      workflowRunId: ended,
      workerId: 'w1',
      stepName: 'one',
      kind: 'function',
      config: {},
      context: null,
    });
    await backend.completeWorkflowRun({ workflowRunId: ended, workerId: 'w1', output: null });
    await forget(Date.now() - 60_000);
    expect(await backend.getWorkflowRun({ workflowRunId: ended })).not.toBeNull();
    await forget(Date.now() + 60_000);
    expect(await backend.getWorkflowRun({ workflowRunId: ended })).toBeNull();
    expect((await backend.listStepAttempts({ workflowRunId: ended })).data).toEqual([]);
    expect(await backend.getWorkflowRun({ workflowRunId: running })).not.toBeNull();
    await close();
  });
});
