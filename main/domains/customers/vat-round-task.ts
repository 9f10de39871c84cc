import { setTimeout as pause } from 'node:timers/promises';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import type { StepContext, TaskDefinition } from '../../platform/tasks/task-definition.ts';
import type { VatRoundParts } from './customers-parts.ts';
import type { CustomersTables } from './customers-tables.ts';
import { keepVatAnswer } from './vat-check.ts';
import {
  leaveRound,
  nextOfRound,
  resumeRound,
  roundResults,
  settleItem,
  type RoundItem,
} from './vat-round-store.ts';

export interface VatRoundInput {
  readonly roundId: string;
  readonly total: number;
}

interface Results {
  readonly valid: number;
  readonly invalid: number;
  readonly unknown: number;
}

/** So many silences one after another are no matter of one member state any more. */
const SILENCES_MAX = 25;
/** The pause grows with each silence, up to so many times the usual one. */
const PAUSES_MAX = 32;

/**
 * Asks VIES about a frozen set, one VAT id after the other with a pause between: VIES refuses who asks for much at once. Safe to repeat: an
 * answer and its item are written together, so what was answered is not asked again. Answers are evidence, and nothing takes them back.
 */
export function vatRoundTask(parts: VatRoundParts): TaskDefinition<VatRoundInput, Results> {
  return {
    kind: 'customers-vat-round',
    title: ({ total }) => `Ask VIES about ${idsOf(total)}`,
    subject: ({ roundId, total }) => ({ kind: 'none', id: roundId, name: idsOf(total) }),
    steps: [
      {
        name: 'ask',
        title: () => 'Ask one after the other',
        run: async (context) => await askRound(parts, context),
        undo: async ({ input }) => {
          await parts.store.transaction<CustomersTables, void>(
            async (trx) => {
              await leaveRound(trx, input.roundId);
            },
            { repeatable: true },
          );
        },
      },
    ],
    result: ({ valid = 0, invalid = 0, unknown = 0 }) => ({ valid, invalid, unknown }),
  };
}

const idsOf = (total: number): string => (total === 1 ? 'a VAT id' : `${total} VAT ids`);

async function askRound(parts: VatRoundParts, context: StepContext<VatRoundInput>): Promise<Results> {
  const { input, signal } = context;
  const { roundId, total } = input;
  const db = parts.store.tables<CustomersTables>();
  await parts.store.transaction<CustomersTables, void>(
    async (trx) => {
      await resumeRound(trx, roundId);
    },
    { repeatable: true },
  );
  for (let silences = 0; ;) {
    signal.throwIfAborted();
    const results = await roundResults(db, roundId);
    context.progress(total - results.waiting, total, 'items');
    const item = await nextOfRound(db, roundId);
    if (item === undefined) return results;
    const state = await askOne(parts, context, item);
    silences = state === 'unknown' ? silences + 1 : 0;
    if (silences >= SILENCES_MAX) throw silent(total - results.waiting + 1, total);
    if (state !== 'changed')
      await pause(parts.pauseMs * Math.min(2 ** silences, PAUSES_MAX), undefined, { signal });
  }
}

async function askOne(
  parts: VatRoundParts,
  { input, signal, log }: StepContext<VatRoundInput>,
  item: RoundItem,
): Promise<'valid' | 'invalid' | 'unknown' | 'changed'> {
  const { store } = parts;
  const { roundId } = input;
  const { seq, vatId, customerId } = item;
  const isChanged = item.vatIdNow !== vatId;
  const answer = isChanged
    ? undefined
    : await parts.vies({
        vatId,
        requesterVatId: await parts.requesterVatId(store.tables(), item.companyId),
        signal,
      });
  const state = answer?.result ?? 'changed';
  await store.transaction<CustomersTables, void>(
    async (trx) => {
      if (!(await settleItem(trx, { roundId, seq, state })) || answer === undefined) return;
      await keepVatAnswer(trx, { customerId, vatId, answer, nowMs: await parts.nowMs(trx) });
      await store.changes.note(trx, 'customer', customerId);
    },
    { repeatable: true },
  );
  if (state === 'invalid') log('warn', `${vatId} of ${item.words} is not valid`);
  if (answer?.result === 'unknown') log('info', `${vatId} of ${item.words}: ${answer.detail}`);
  return state;
}

function silent(asked: number, total: number): OperatingFailure {
  return new OperatingFailure({
    code: 'vies-silent',
    sentence: `VIES answered none of the last ${SILENCES_MAX} questions, so it was not asked on: ${asked} of ${total} VAT ids were asked about. Start another round later; who was answered is not asked about again.`,
  });
}
