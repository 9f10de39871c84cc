import { done, refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { alertsContract } from '../../../shared/domains/alerts/alerts-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { acknowledgeAlerts } from './alert-store.ts';
import type { AlertsParts } from './alerts-parts.ts';
import { ALERT_TOPIC, type AlertsTables } from './alerts-tables.ts';

type Operation = typeof alertsContract.alertAcknowledge;

/** Alerts that are over meanwhile are left as they are: there is nothing to take on any more. */
export async function alertAcknowledge(
  parts: Pick<AlertsParts, 'nowMs'>,
  { alertIds, acknowledged, note }: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<AlertsTables>();
  const by = acknowledged
    ? { login: context.actor.login, atMs: await parts.nowMs(db), note }
    : { login: '', atMs: null, note: '' };
  context.subject(`${alertIds.length} ${alertIds.length === 1 ? 'alert' : 'alerts'}`);
  const alerts = await acknowledgeAlerts(db, alertIds, by);
  if (alerts === 0) return refuse('no-such-alert');
  for (const alertId of alertIds) await context.note(ALERT_TOPIC, alertId);
  return done({ alerts });
}
