import type { ReactNode } from 'react';
import IconAlertTriangle from '@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconCircleX from '@tabler/icons-react/dist/esm/icons/IconCircleX.mjs';
import { OPEN_RUN_STATES } from '../../../shared/domains/runs/run-rules.ts';
import type { BillingRunDetail } from '../../../shared/domains/runs/runs-contract.ts';
import { formatCount, formatDatesIn, formatDay } from '../../ui/format.ts';
import { Timestamp } from '../../ui/moment.tsx';
import { Avatar } from '../../ui/top-bar.tsx';

function Check(props: { ok: boolean | 'look'; title: string; text: string }) {
  const Icon = props.ok === true ? IconCircleCheck : props.ok === 'look' ? IconAlertTriangle : IconCircleX;
  return (
    <li>
      <Icon
        size={14}
        className={props.ok === true ? 'ik-ok' : props.ok === 'look' ? 'ik-warn' : 'ik-bad'}
        aria-hidden
      />
      <div>
        <b className="ik-med">{props.title}</b>
        <span>{props.text}</span>
      </div>
    </li>
  );
}

/** What was looked at before it is approved, and what still stands against that. */
export function RunChecks({ run }: { run: BillingRunDetail }) {
  const { inputs, counts } = run;
  const currencies = run.totals.length;
  return (
    <ul className="ik-run-checks" aria-label="What was checked">
      <Check
        ok
        title={`${formatCount(counts.ready + counts.posted)} of ${formatCount(counts.total)} ${counts.credits === 0 ? 'customers' : 'rows'}`}
        text={`net + VAT = gross in ${currencies} ${currencies === 1 ? 'currency' : 'currencies'}; ${formatCount(counts.nothing)} have nothing to invoice`}
      />
      {inputs === null ? null : (
        <Check
          ok={inputs.waitingDays === 0 ? true : 'look'}
          title="Readings"
          text={
            inputs.waitingDays === 0
              ? `all days charged until ${formatDay(inputs.closedUntil)}`
              : `${formatCount(inputs.waitingDays)} days of the period wait for hosts that are away`
          }
        />
      )}
      <Check
        ok={counts.held === 0 ? true : 'look'}
        title={counts.held === 0 ? 'Nothing is held' : `${formatCount(counts.held)} held`}
        text={
          run.held.map((each) => `${formatCount(each.count)} × ${formatDatesIn(each.example)}`).join(' ') ||
          'rates, VAT and data are all there'
        }
      />
      {OPEN_RUN_STATES.includes(run.state) ? (
        <Check
          ok={run.dating.against === null ? true : 'look'}
          title={
            run.dating.against === null
              ? `Invoices can be of ${formatDay(run.dating.issuedOn)}`
              : `No invoice can be of ${formatDay(run.dating.issuedOn)} yet`
          }
          text={
            run.dating.against === null
              ? 'its books and its year are open'
              : `${formatDatesIn(run.dating.against)} The preview stays as it is.`
          }
        />
      ) : null}
      <Check
        ok={run.undecided === 0}
        title={
          run.undecided === 0
            ? 'All anomalies are decided'
            : `${formatCount(run.undecided)} ${run.undecided === 1 ? 'anomaly' : 'anomalies'} undecided`
        }
        text={
          run.undecided === 0
            ? 'those of high severity were looked at'
            : 'accept each with a note, correct it, or leave it out'
        }
      />
    </ul>
  );
}

function Person(props: { name: string; isDone: boolean; children: ReactNode }) {
  return (
    <li>
      <Avatar name={props.name} />
      <div>
        <b className="ik-med">{props.name}</b>
        <span>{props.children}</span>
      </div>
      {props.isDone ? (
        <IconCircleCheck size={14} className="ik-ok ik-end" aria-hidden />
      ) : (
        <span className="ik-end ik-xs">to decide</span>
      )}
    </li>
  );
}

/** Who prepared it, and who approves it. */
export function RunPeople({ run }: { run: BillingRunDetail }) {
  const isOpen = OPEN_RUN_STATES.includes(run.state);
  return (
    <ul className="ik-run-people" aria-label="Who prepares and who approves">
      <Person name={run.preparedBy} isDone>
        prepared <Timestamp dated atMs={Date.parse(run.preparedAt)} />
      </Person>
      {run.approvedAt !== null ? (
        <Person name={run.approvedBy} isDone>
          approved <Timestamp dated atMs={Date.parse(run.approvedAt)} />
          {run.approvalNote === '' ? '' : `: ${run.approvalNote}`}
        </Person>
      ) : isOpen && run.twoPeople ? (
        <Person name="Second person" isDone={false}>
          anybody who may, but not who prepared it
        </Person>
      ) : null}
    </ul>
  );
}
