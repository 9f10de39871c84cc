import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { alertsContract } from '../../../shared/domains/alerts/alerts-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { alertAcknowledge } from './alert-acknowledge.ts';
import { alertById, alertHistory, alertList } from './alert-list.ts';
import { alertsOf } from './alerts-of-subjects.ts';
import type { AlertsParts } from './alerts-parts.ts';
import type { AlertsTables } from './alerts-tables.ts';
import { channelDelete, channelSave } from './channel-save.ts';
import { channelRows } from './channel-store.ts';
import { channelTry } from './channel-try.ts';
import { deliveryList, noticesSince } from './delivery-store.ts';
import { ruleDelete, rulePreview, ruleSave } from './rule-save.ts';
import { ruleRows } from './rule-store.ts';
import { silenceEnd, silenceStart } from './silence-start.ts';
import { silenceList } from './silence-store.ts';

/** A console that was opened later need not hear of it any more. */
const NOTICE_FRESH_MS = 10 * 60_000;

export function alertsHandlers(parts: AlertsParts): DomainHandlers<typeof alertsContract, CallContext> {
  const tables = (context: CallContext) => context.tables<AlertsTables>();
  return {
    alertList: async (input, context) =>
      done(await alertList(tables(context), input, await parts.nowMs(tables(context)))),
    alertHistory: async (input, context) =>
      done(await alertHistory(tables(context), input, await parts.nowMs(tables(context)))),
    alertGet: async ({ alertId }, context) => {
      const found = await alertById(tables(context), alertId);
      return found === undefined ? refuse('no-such-alert', { alertId }) : done(found);
    },
    alertsOf: async (input, context) => done(await alertsOf(tables(context), input)),
    alertAcknowledge: async (input, context) => await alertAcknowledge(parts, input, context),
    ruleList: async (_input, context) => done({ rows: await ruleRows(tables(context)) }),
    rulePreview: async (input) => await rulePreview(parts, input),
    ruleSave: async (input, context) => await ruleSave(parts.store, input, context),
    ruleDelete,
    silenceList: async (input, context) =>
      done(await silenceList(tables(context), input, await parts.nowMs(tables(context)))),
    silenceStart: async (input, context) => await silenceStart(parts, input, context),
    silenceEnd: async (input, context) => await silenceEnd(parts, input, context),
    channelList: async (_input, context) => done({ rows: await channelRows(tables(context)) }),
    channelSave: async (input, context) => await channelSave(parts, input, context),
    channelDelete,
    channelTest: async (input, context) => await channelTry(parts, input, context),
    deliveryList: async (input, context) => done(await deliveryList(tables(context), input)),
    noticeList: async (_input, context) => {
      const nowMs = await parts.nowMs(tables(context));
      return done(await noticesSince(tables(context), nowMs - NOTICE_FRESH_MS));
    },
  };
}
