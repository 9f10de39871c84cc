import { alertSeverity } from '../alerts/alerts-contract.ts';
import type { ListFieldsDeclared } from '../../kernel/list-fields.ts';
import { VM_STATES } from './vm-rules.ts';

/** What the list of VMs can be asked by. */
export const VM_FIELDS = {
  state: { kind: 'word', hint: 'running, crashed, …', values: VM_STATES },
  host: { kind: 'word', hint: 'name of a host' },
  cluster: { kind: 'word', hint: 'name of a cluster' },
  customer: { kind: 'text', hint: 'a part of the customer’s name' },
  tag: { kind: 'words', hint: 'a whole tag; several with commas' },
  name: { kind: 'text', hint: 'a part of the name' },
  address: { kind: 'text', hint: 'a part of the IP address' },
  os: { kind: 'text', hint: 'Debian, Windows, …' },
  cpu: { kind: 'number', hint: 'load in percent: cpu>80' },
  memory: { kind: 'bytes', hint: 'memory>4GiB' },
  disk: { kind: 'bytes', hint: 'disk>100GiB' },
  vcpus: { kind: 'number', hint: 'vcpus>4' },
  uptime: { kind: 'age', hint: 'uptime>30d, uptime<1h' },
  created: { kind: 'instant', hint: 'created>-7d, created<2026-01-01' },
  customerid: { kind: 'word', hint: 'id of a customer' },
  clusterid: { kind: 'word', hint: 'id of a cluster' },
  alert: { kind: 'word', hint: 'has one that fires: critical, warning, info', values: alertSeverity.options },
} as const satisfies ListFieldsDeclared;

/** What `has:` may ask of a VM. */
export const VM_HAS = [
  'customer',
  'template',
  'tag',
  'notes',
  'address',
  'agent',
  'autostart',
  'alert',
] as const;
