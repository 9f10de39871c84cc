import type { ListFieldsDeclared } from '../../kernel/list-fields.ts';
import { taskState } from './tasks-contract.ts';

/** What the list of tasks can be asked by. */
export const TASK_FIELDS = {
  state: { kind: 'word', hint: 'running, failed, …', values: taskState.options },
  kind: { kind: 'word', hint: 'vm-provision, …' },
  subject: { kind: 'text', hint: 'name of the object' },
  by: { kind: 'word', hint: 'who started it' },
  dismissed: { kind: 'word', hint: 'put aside', values: ['yes', 'no'] },
  created: { kind: 'instant', hint: 'created>-1d' },
} as const satisfies ListFieldsDeclared;
