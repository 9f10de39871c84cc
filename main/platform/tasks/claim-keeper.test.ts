import type { Backend } from 'openworkflow/internal';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ClaimKeeper } from './claim-keeper.ts';
import { openTaskBackend, type TaskBackend } from './task-backend.ts';

let inner: TaskBackend;
let backend: Backend;
beforeEach(async () => {
  inner = await openTaskBackend('sqlite::memory:');
  backend = inner.backend;
});
afterEach(async () => await inner.close());

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const eternityMs = 600_000;
const patience = { timeout: 60_000 };

function keeperOf(options: { leaseMs?: number; claimsMax?: number } = {}): ClaimKeeper {
  const { leaseMs = eternityMs, claimsMax = 8 } = options;
  return new ClaimKeeper({ backend, log, leaseMs, claimsMax, isKnown: (kind) => kind === 'known' });
}

async function queued(workflowName = 'known'): Promise<string> {
  const run = await backend.createWorkflowRun({
    workflowName,
    version: null,
    idempotencyKey: null,
    config: {},
    context: null,
    input: null,
    parentStepAttemptNamespaceId: null,
    parentStepAttemptId: null,
    availableAt: null,
    deadlineAt: null,
  });
  return run.id;
}

/** As OpenWorkflow's worker asks: with a lease and a time of its own. */
async function claim(keeper: ClaimKeeper, workerId = 'w1'): Promise<string | undefined> {
  return (await keeper.backend.claimWorkflowRun({ workerId, leaseDurationMs: 30_000 }))?.id;
}

describe('claims kept by us', () => {
  test('a claim is renewed for as long as its work runs', async () => {
    const runId = await queued();
    const keeper = keeperOf({ leaseMs: 5_000 });
    await claim(keeper);
    const first = (await backend.getWorkflowRun({ workflowRunId: runId }))?.availableAt?.getTime() ?? 0;
    await vi.waitFor(async () => {
      const run = await backend.getWorkflowRun({ workflowRunId: runId });
      expect(run?.availableAt?.getTime()).toBeGreaterThan(first + 100);
    }, patience);
    expect(await claim(keeperOf())).toBeUndefined();
    await keeper.backend.completeWorkflowRun({ workflowRunId: runId, workerId: 'w1', output: null });
    expect(() => keeper.claimOf(runId)).toThrow('not claimed');
  });

  test('work whose claim is gone is told', async () => {
    const runId = await queued();
    const keeper = keeperOf({ leaseMs: 5_000 });
    await claim(keeper);
    const { lost } = keeper.claimOf(runId);
    await backend.cancelWorkflowRun({ workflowRunId: runId });
    await vi.waitFor(() => expect(lost.aborted).toBe(true), patience);
    // The worker then says how it ended, which nobody wants to hear.
    await keeper.backend.completeWorkflowRun({ workflowRunId: runId, workerId: 'w1', output: null });
    expect((await backend.getWorkflowRun({ workflowRunId: runId }))?.status).toBe('canceled');
  });

  test('a queue that cannot be reached for a lease is a claim lost, for less it is not', async () => {
    const runId = await queued();
    const keeper = keeperOf({ leaseMs: 5_000 });
    await claim(keeper);
    const { lost } = keeper.claimOf(runId);
    const extend = vi.spyOn(backend, 'extendWorkflowRunLease');
    extend.mockRejectedValueOnce(new Error('connection refused'));
    await vi.waitFor(() => expect(extend.mock.results.length).toBeGreaterThan(1), patience);
    expect(lost.aborted).toBe(false);
    extend.mockRejectedValue(new Error('connection refused'));
    await vi.waitFor(() => expect(lost.aborted).toBe(true), patience);
    keeper.dropAll();
  });

  test('unknown kinds are passed over and stay as they were', async () => {
    const unknown = await queued('from-the-future');
    const known = await queued();
    expect(await claim(keeperOf())).toBe(known);
    expect(await backend.getWorkflowRun({ workflowRunId: unknown })).toMatchObject({
      status: 'pending',
      workerId: null,
    });
  });

  test('no more claims than asked for', async () => {
    for (let i = 0; i < 3; i++) await queued();
    const keeper = keeperOf({ claimsMax: 2 });
    const claims = await Promise.all(['w1', 'w2', 'w3'].map(async (worker) => await claim(keeper, worker)));
    expect(claims.filter((runId) => runId !== undefined)).toHaveLength(2);
    keeper.dropAll();
  });

  test('one empty answer stands for all slots, unless work is expected', async () => {
    const keeper = keeperOf();
    const asked = vi.spyOn(backend, 'claimWorkflowRun');
    // All of it in one moment, whatever the machine does meanwhile.
    const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now());
    await Promise.all(['w1', 'w2', 'w3', 'w4'].map(async (worker) => await claim(keeper, worker)));
    clock.mockRestore();
    expect(asked).toHaveBeenCalledTimes(1);
    const runId = await queued();
    keeper.expectWork();
    expect(await claim(keeper)).toBe(runId);
    keeper.dropAll();
  });

  test('a stopping engine claims nothing, gives back what breaks off, and is idle then', async () => {
    const runId = await queued();
    const keeper = keeperOf();
    await claim(keeper);
    keeper.stopClaiming();
    await queued();
    expect(await claim(keeper, 'w2')).toBeUndefined();
    const idle = keeper.idle();
    const inAnHour = new Date(Date.now() + 3_600_000);
    const failed = {
      workflowRunId: runId,
      workerId: 'w1',
      error: { message: 'stopped' },
      availableAt: inAnHour,
    };
    await keeper.backend.rescheduleWorkflowRunAfterFailedStepAttempt(failed);
    await idle;
    const run = await backend.getWorkflowRun({ workflowRunId: runId });
    expect(run?.status).toBe('pending');
    expect(run?.availableAt?.getTime()).toBeLessThanOrEqual(Date.now());
  });

  test('what a dead process held is free at once', async () => {
    const runId = await queued();
    await backend.claimWorkflowRun({ workerId: 'dead', leaseDurationMs: eternityMs });
    const keeper = keeperOf();
    expect(await claim(keeper)).toBeUndefined();
    expect(await keeper.takeOverAbandoned()).toBe(1);
    keeper.expectWork();
    expect(await claim(keeper)).toBe(runId);
    keeper.dropAll();
  });
});
