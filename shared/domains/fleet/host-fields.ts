import type { ListFieldsDeclared } from '../../kernel/list-fields.ts';
import { alertSeverity } from '../alerts/alerts-contract.ts';
import { hostProblem } from './host-contract.ts';
import { HOST_MAINTENANCE, HOST_STATES } from './host-rules.ts';

/** What the list of hosts can be asked by. */
export const HOST_FIELDS = {
  state: { kind: 'word', hint: 'unreachable, connected, …', values: HOST_STATES },
  cluster: { kind: 'word', hint: 'name of a cluster' },
  problem: { kind: 'word', hint: 'what is wrong with it', values: hostProblem.shape.code.options },
  problems: { kind: 'number', hint: 'how many: problems>0' },
  maintenance: { kind: 'word', hint: 'active, maintenance, …', values: HOST_MAINTENANCE },
  name: { kind: 'text', hint: 'a part of the name' },
  address: { kind: 'text', hint: 'a part of the address' },
  label: { kind: 'words', hint: 'a whole label; several with commas' },
  vms: { kind: 'number', hint: 'vms>100' },
  cpu: { kind: 'number', hint: 'load in percent: cpu>80' },
  memory: { kind: 'bytes', hint: 'memory>256GiB' },
  clusterid: { kind: 'word', hint: 'id of a cluster' },
  alert: {
    kind: 'word',
    hint: 'it or a pool has one that fires: critical, …',
    values: alertSeverity.options,
  },
} as const satisfies ListFieldsDeclared;

/** What `has:` may ask of a host. */
export const HOST_HAS = ['label', 'alert'] as const;
