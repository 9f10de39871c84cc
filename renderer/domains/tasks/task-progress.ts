import type { TaskRow } from '../../../shared/domains/tasks/tasks-contract.ts';
import type { Progress } from '../../ui/progress-bar.tsx';

interface Sample {
  done: number;
  atMs: number;
  ratePerSecond: number;
}

/** How fast each task moves, from what was seen of it; a rate is smoothed over about ten seconds. */
const samples = new Map<string, Sample>();
const SMOOTH_MS = 10_000;

/** Notes a task's progress and answers its rate; 0 while it is not known. */
export function rateOf(taskId: string, done: number, nowMs: number): number {
  const before = samples.get(taskId);
  if (!before || done < before.done) {
    samples.set(taskId, { done, atMs: nowMs, ratePerSecond: 0 });
    return 0;
  }
  const elapsedMs = nowMs - before.atMs;
  if (elapsedMs < 500) return before.ratePerSecond;
  const rate = ((done - before.done) / elapsedMs) * 1000;
  const weight = before.ratePerSecond === 0 ? 1 : Math.min(1, elapsedMs / SMOOTH_MS);
  const ratePerSecond = before.ratePerSecond * (1 - weight) + rate * weight;
  samples.set(taskId, { done, atMs: nowMs, ratePerSecond });
  return ratePerSecond;
}

/** What a bar shows of a task: its step's bytes or items where known, else its steps. */
export function taskProgress(
  task: Pick<TaskRow, 'id' | 'progress' | 'stepsDone' | 'stepsTotal'>,
  nowMs: number,
): Progress {
  if (!task.progress) return { done: task.stepsDone, total: task.stepsTotal, unit: 'steps' };
  const { done, total, unit } = task.progress;
  return { done, total, unit, ratePerSecond: rateOf(task.id, done, nowMs) };
}
