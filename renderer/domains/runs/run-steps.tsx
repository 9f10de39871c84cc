import IconCheck from '@tabler/icons-react/dist/esm/icons/IconCheck.mjs';
import IconX from '@tabler/icons-react/dist/esm/icons/IconX.mjs';
import type { BillingRunDetail } from '../../../shared/domains/runs/runs-contract.ts';
import { formatCount, formatDay } from '../../ui/format.ts';
import { documentsWords } from './run-words.ts';

type State = 'done' | 'now' | 'next' | 'failed';
interface Step {
  readonly title: string;
  readonly text: string;
}

const some = (count: number, one: string, many = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : many}`;

function stepsOf(run: BillingRunDetail | null): readonly Step[] {
  if (run === null) {
    return [
      { title: 'Scope', text: 'period and customers' },
      { title: 'Readings', text: 'days and usage' },
      { title: 'Preview', text: 'nothing is posted' },
      { title: 'Compare and approve', text: 'with the last time' },
      { title: 'Post', text: 'numbers and ledger' },
      { title: 'Send', text: 'to the outbox' },
    ];
  }
  const { counts, inputs, report } = run;
  return [
    { title: 'Scope', text: run.query === '' ? 'all customers' : run.query },
    {
      title: 'Readings',
      text:
        inputs === null
          ? 'being read'
          : inputs.waitingDays > 0
            ? `${some(inputs.waitingDays, 'day')} wait for hosts`
            : `charged until ${formatDay(inputs.closedUntil)}`,
    },
    { title: 'Preview', text: documentsWords(counts.ready + counts.posted, counts.credits) },
    {
      title: 'Compare and approve',
      text:
        run.approvedBy === '' ? `${some(run.undecided, 'row')} to decide` : `approved by ${run.approvedBy}`,
    },
    {
      title: 'Post',
      text: counts.posted > 0 ? `${formatCount(counts.posted)} posted` : 'numbers and ledger',
    },
    {
      title: 'Send',
      text: report === null ? 'to the outbox' : `${some(report.toDeliver, 'message')} kept, none is sent yet`,
    },
  ];
}

/** Where the run stands: place of the step that is under way. */
function placeOf(run: BillingRunDetail | null): number {
  switch (run?.state) {
    case undefined:
      return 0;
    case 'previewing':
    case 'failed':
      return run?.inputs === null ? 1 : 2;
    case 'ready':
    case 'returned':
    case 'aborted':
      return 3;
    case 'posting':
    case 'stopped':
      return 4;
    case 'posted':
      return 6;
  }
}

/** From scope to sent, each with what came of it. */
export function RunSteps({ run }: { run: BillingRunDetail | null }) {
  const at = placeOf(run);
  const stands = run?.state === 'failed' || run?.state === 'aborted' || run?.state === 'stopped';
  return (
    <ol className="ik-run-steps" aria-label="Steps of the run">
      {stepsOf(run).map((step, place) => {
        const state: State = place < at ? 'done' : place > at ? 'next' : stands ? 'failed' : 'now';
        return (
          <li key={step.title} data-state={state} aria-current={place === at ? 'step' : undefined}>
            <span className="ik-run-no">
              {state === 'done' ? (
                <IconCheck size={12} aria-hidden />
              ) : state === 'failed' ? (
                <IconX size={12} aria-hidden />
              ) : (
                place + 1
              )}
              {state === 'done' ? <span className="ik-sr">done</span> : null}
            </span>
            <span>
              <b title={step.title}>{step.title}</b>
              <i title={step.text}>{step.text}</i>
            </span>
          </li>
        );
      })}
    </ol>
  );
}
