import { useState } from 'react';
import { Link } from 'wouter';
import IconAlertTriangle from '@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconCircleX from '@tabler/icons-react/dist/esm/icons/IconCircleX.mjs';
import { OPEN_RUN_STATES } from '../../../shared/domains/runs/run-rules.ts';
import type { BillingRunDetail } from '../../../shared/domains/runs/runs-contract.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useMay } from '../../client/use-may.ts';
import { ActionButton } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { DateField } from '../../ui/date-field.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { TextAreaField, TextField } from '../../ui/form-field.tsx';
import { formatCount, formatDay, formatDuration } from '../../ui/format.ts';
import { Timestamp } from '../../ui/moment.tsx';
import { Note } from '../../ui/note.tsx';
import { Bar } from '../../ui/progress-bar.tsx';
import { DetailBody, DetailHead } from '../../ui/split-view.tsx';
import { Badge } from '../../ui/state-label.tsx';
import { toast } from '../../ui/toast.ts';
import { runLooks } from './run-looks.ts';

type Run = BillingRunDetail;

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

function Checks({ run }: { run: Run }) {
  const { inputs, counts } = run;
  const currencies = run.totals.length;
  return (
    <ul className="ik-run-checks" aria-label="What was checked">
      <Check
        ok
        title={`${formatCount(counts.ready + counts.posted)} of ${formatCount(counts.total)} customers`}
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
          run.held.map((each) => `${formatCount(each.count)} × ${each.example}`).join(' ') ||
          'rates, VAT and data are all there'
        }
      />
      <Check
        ok={run.undecided === 0}
        title={
          run.undecided === 0
            ? 'All anomalies are decided'
            : `${formatCount(run.undecided)} anomalies undecided`
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

/** Bar, counts and time left of what a task is doing with the run now. */
function Progress({ run }: { run: Run }) {
  const { done, total, secondsLeft } = run.progress;
  const word = run.state === 'previewing' ? 'Preview' : 'Posting';
  return (
    <>
      <div className="ik-row ik-sm">
        <b className="ik-med">{word}</b>
        <Link href={`/tasks/${run.taskId}`} className="ik-link ik-end">
          Task
        </Link>
      </div>
      <Bar share={total === 0 ? 0 : done / total} label={word} width="100%" />
      <div className="ik-row ik-xs ik-t3" role="status">
        <span className="ik-tn">
          {formatCount(done)} of {formatCount(total)}
        </span>
        <span className="ik-end">
          {secondsLeft === null ? '' : `about ${formatDuration(secondsLeft * 1000)} left`}
        </span>
      </div>
    </>
  );
}

function Report({ run }: { run: Run }) {
  const { report } = run;
  if (report === null) return null;
  return (
    <>
      <h3>Report</h3>
      <p className="ik-sm">
        {formatCount(run.counts.posted)} invoices, {report.firstNumber} to {report.lastNumber}
        {run.issuedOn === null ? '' : `, of ${formatDay(run.issuedOn)}`}. {formatCount(report.toDeliver)} wait
        in the outbox; {formatCount(report.withoutAddress)} customers have no e-mail address.
      </p>
      <div className="ik-row ik-sm">
        <span className="ik-t3">All documents, SHA-256</span>
        <span className="ik-end">
          <CopyButton text={report.hash} />
        </span>
      </div>
      <div className="ik-run-hash">{report.hash}</div>
    </>
  );
}

function Approve({ run }: { run: Run }) {
  const may = useMay('billing.write');
  const environment = useEnvironmentName();
  const approve = useCommand('runs.runApprove');
  const giveBack = useCommand('runs.runReturn');
  const [note, setNote] = useState('');
  const [typed, setTyped] = useState('');
  const [issuedOn, setIssuedOn] = useState<string | null>(null);
  const [isReturning, setReturning] = useState(false);
  const count = run.counts.ready;
  const off =
    count === 0
      ? 'It would post no invoice'
      : run.undecided > 0
        ? `Decide ${formatCount(run.undecided)} anomalies first`
        : typed.replaceAll(',', '').trim() !== String(count)
          ? `Type ${formatCount(count)} first`
          : null;
  const confirm = async (): Promise<void> => {
    const started = await approve.run({
      runId: run.id,
      digest: run.digest,
      confirmCount: count,
      ...(issuedOn !== null && { issuedOn: localDate(issuedOn) }),
      note: note.trim(),
    });
    if (started) toast('ok', 'Approved', `${formatCount(count)} invoices are being posted`);
  };
  return (
    <div className="ik-run-decide">
      {run.undecided > 0 ? (
        <Note tone="bad">
          Decide {run.undecided === 1 ? 'the anomaly' : `all ${formatCount(run.undecided)} anomalies`} of high
          severity to approve: accept it with a note, correct it and preview again, or leave it out.
        </Note>
      ) : null}
      <TextAreaField
        label="Note for the audit log, optional"
        rows={2}
        maxLength={500}
        value={note}
        onChange={(event) => {
          setNote(event.currentTarget.value);
        }}
      />
      <DateField
        label="Date of the invoices"
        placeholder="today"
        clearable
        value={issuedOn}
        onChange={setIssuedOn}
      />
      <TextField
        label={`Type ${formatCount(count)} to approve`}
        value={typed}
        autoComplete="off"
        onChange={(event) => {
          setTyped(event.currentTarget.value);
        }}
      />
      {approve.error ? <Note tone="bad">{approve.error.sentence}</Note> : null}
      <ActionButton kind="primary" reason={may ?? off} busy={approve.pending} onClick={() => void confirm()}>
        Approve {formatCount(count)} invoices
      </ActionButton>
      <ActionButton
        reason={may}
        onClick={() => {
          setReturning(true);
        }}
      >
        Return to preparer…
      </ActionButton>
      {isReturning ? (
        <ConfirmDialog
          title={`Return ${run.title}`}
          environment={environment}
          action="Return it"
          width={480}
          off={note.trim() === '' ? 'Write a note: what is to be changed' : null}
          busy={giveBack.pending}
          problem={giveBack.error?.sentence}
          onConfirm={() =>
            void giveBack.run({ runId: run.id, note: note.trim() }).then((made) => {
              if (made) setReturning(false);
            })
          }
          onClose={() => {
            setReturning(false);
          }}
        >
          <TextAreaField
            label="Note"
            required
            rows={3}
            maxLength={500}
            value={note}
            onChange={(event) => {
              setNote(event.currentTarget.value);
            }}
          />
        </ConfirmDialog>
      ) : null}
    </div>
  );
}

function AbortButton({ run }: { run: Run }) {
  const may = useMay('billing.write');
  const environment = useEnvironmentName();
  const abort = useCommand('runs.runAbort');
  const [isAsked, setAsked] = useState(false);
  return (
    <>
      <ActionButton
        kind="danger-outline"
        size="sm"
        reason={may}
        onClick={() => {
          setAsked(true);
        }}
      >
        Abort…
      </ActionButton>
      {isAsked ? (
        <ConfirmDialog
          title={`Abort ${run.title}`}
          environment={environment}
          action="Abort the run"
          danger
          width={480}
          busy={abort.pending}
          problem={abort.error?.sentence}
          onConfirm={() =>
            void abort.run({ runId: run.id }).then((made) => {
              if (made) setAsked(false);
            })
          }
          onClose={() => {
            setAsked(false);
          }}
        >
          <p>
            Nothing was posted, and nothing of the run stays but that it was there. All charges stay to be
            invoiced.
          </p>
        </ConfirmDialog>
      ) : null}
    </>
  );
}

/** Who prepared and who approves, what was checked, and what happens next: beside the preview while no row is looked at. */
export function RunApproval({ run }: { run: Run }) {
  const may = useMay('billing.write');
  const renew = useCommand('runs.runRenew');
  const goOn = useCommand('runs.runGoOn');
  const look = runLooks[run.state];
  const isOpen = OPEN_RUN_STATES.includes(run.state);
  const problem = renew.error ?? goOn.error;
  return (
    <>
      <DetailHead
        title="Approval"
        badge={
          <Badge tone={look.tone} icon={look.icon}>
            {look.word}
          </Badge>
        }
        facts={run.twoPeople ? 'by a second person' : 'by one person'}
        actions={
          isOpen || run.state === 'stopped' ? (
            <>
              {isOpen && run.state !== 'previewing' ? (
                <ActionButton
                  size="sm"
                  reason={may}
                  busy={renew.pending}
                  onClick={() => void renew.run({ runId: run.id })}
                >
                  Preview again
                </ActionButton>
              ) : null}
              {run.state === 'stopped' ? (
                <ActionButton
                  size="sm"
                  kind="primary"
                  reason={may}
                  busy={goOn.pending}
                  onClick={() => void goOn.run({ runId: run.id })}
                >
                  Go on posting
                </ActionButton>
              ) : null}
              {isOpen ? <AbortButton run={run} /> : null}
            </>
          ) : undefined
        }
      />
      <DetailBody>
        {problem ? <Note tone="bad">{problem.sentence}</Note> : null}
        {run.stateReason === '' ? null : (
          <Note tone={run.state === 'failed' ? 'bad' : 'warn'}>{run.stateReason}</Note>
        )}
        <p className="ik-sm">
          Prepared by <b className="ik-med">{run.preparedBy}</b>,{' '}
          <Timestamp dated atMs={Date.parse(run.preparedAt)} />
        </p>
        {run.approvedAt === null ? null : (
          <p className="ik-sm">
            Approved by <b className="ik-med">{run.approvedBy}</b>,{' '}
            <Timestamp dated atMs={Date.parse(run.approvedAt)} />
            {run.approvalNote === '' ? '' : `: ${run.approvalNote}`}
          </p>
        )}
        {run.state === 'previewing' || run.state === 'posting' || run.state === 'stopped' ? (
          <Progress run={run} />
        ) : null}
        {run.inputs === null ? null : (
          <>
            <h3>Checked</h3>
            <Checks run={run} />
          </>
        )}
        {run.state === 'ready' ? <Approve run={run} /> : null}
        <Report run={run} />
      </DetailBody>
    </>
  );
}
