import type { ListFieldsDeclared } from '../../kernel/list-fields.ts';
import { alertSeverity, alertState, alertSubject } from './alerts-contract.ts';

/** What the lists of alerts can be asked by; what a silence can be about is all of it but `silenced`. */
export const ALERT_FIELDS = {
  severity: { kind: 'word', hint: 'critical, warning, info', values: alertSeverity.options },
  state: { kind: 'word', hint: 'firing, pending', values: alertState.options },
  rule: { kind: 'text', hint: 'a part of its name' },
  kind: { kind: 'word', hint: 'host, vm, pool, …', values: alertSubject.shape.kind.options },
  subject: { kind: 'text', hint: 'a part of the name' },
  host: { kind: 'word', hint: 'name of a host' },
  ack: { kind: 'word', hint: 'taken on by somebody', values: ['yes', 'no'] },
  silenced: { kind: 'word', hint: 'nobody is told', values: ['yes', 'no'] },
  fired: { kind: 'instant', hint: 'fired>-1h' },
} as const satisfies ListFieldsDeclared;
