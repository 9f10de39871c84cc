import { useState } from 'react';
import { Link } from 'wouter';
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
import { Note } from '../../ui/note.tsx';
import { Bar } from '../../ui/progress-bar.tsx';
import { DetailBody, DetailHead } from '../../ui/split-view.tsx';
import { Badge } from '../../ui/state-label.tsx';
import { toast } from '../../ui/toast.ts';
import { RunChecks, RunPeople } from './run-checks.tsx';
import { AbortButton, GoOnButton } from './run-controls.tsx';
import { runLooks } from './run-looks.ts';
import { documentsWords } from './run-words.ts';

type Run = BillingRunDetail;

/** Bar, counts and time left of what a task is doing with the run now. */
function Progress({ run }: { run: Run }) {
  const { done, total, secondsLeft } = run.progress;
  const word = run.state === 'previewing' ? 'Preview' : 'Posting';
  return (
    <div className="ik-run-progress">
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
    </div>
  );
}

/** Where the bar of posting will be: nothing is posted by looking. */
function NotPosted({ run }: { run: Run }) {
  const { secondsToPost } = run;
  return (
    <div className="ik-run-progress" data-apart>
      <div className="ik-row ik-sm">
        <b className="ik-med">Posting</b>
        <span className="ik-end ik-t2">not started</span>
      </div>
      <Bar share={0} label="Posting" width="100%" />
      <div className="ik-row ik-xs ik-t3">
        <span className="ik-tn">0 of {formatCount(run.counts.ready)}</span>
        <span className="ik-end">
          {secondsToPost === null
            ? 'once it is approved'
            : `about ${formatDuration(secondsToPost * 1000)} once approved`}
        </span>
      </div>
    </div>
  );
}

function Report({ run }: { run: Run }) {
  const { report } = run;
  if (report === null) return null;
  return (
    <>
      <h3>Report</h3>
      <p className="ik-sm">
        {postedWords(run, report)}
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

/** `5,000 invoices, FV/1 to FV/5000, and 12 credit notes, KOR/1 to KOR/12`. */
function postedWords(run: Run, report: NonNullable<Run['report']>): string {
  const { credits, firstNumber, lastNumber } = report;
  const invoices = run.counts.posted - (credits?.count ?? 0);
  const said = [
    ...(invoices === 0 ? [] : [`${documentsWords(invoices, 0)}, ${firstNumber} to ${lastNumber}`]),
    ...(credits === null
      ? []
      : [`${documentsWords(credits.count, credits.count)}, ${credits.first} to ${credits.last}`]),
  ];
  return said.join(', and ');
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
  const documents = documentsWords(count, run.counts.credits);
  const off =
    count === 0
      ? 'It would post nothing'
      : run.undecided > 0
        ? `Decide ${formatCount(run.undecided)} ${run.undecided === 1 ? 'anomaly' : 'anomalies'} first`
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
    if (started) toast('ok', 'Approved', `${documents} are being posted`);
  };
  return (
    <div className="ik-run-decide">
      {run.undecided > 0 ? (
        <Note tone="bad">
          Decide {run.undecided === 1 ? 'the anomaly' : `all ${formatCount(run.undecided)} anomalies`} of high
          severity to approve: accept {run.undecided === 1 ? 'it' : 'each'} with a note, correct it and
          preview again, or leave it out.
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
      <div className="ik-duo">
        <DateField
          label={run.counts.credits === 0 ? 'Date of the invoices' : 'Date of the documents'}
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
      </div>
      {approve.error ? <Note tone="bad">{approve.error.sentence}</Note> : null}
      <ActionButton kind="primary" reason={may ?? off} busy={approve.pending} onClick={() => void confirm()}>
        Approve {documents}
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

/** Who prepared and who approves, what was checked, and what happens next: beside the preview while no row is looked at. */
export function RunApproval({ run }: { run: Run }) {
  const may = useMay('billing.write');
  const renew = useCommand('runs.runRenew');
  const look = runLooks[run.state];
  const isOpen = OPEN_RUN_STATES.includes(run.state);
  const problem = renew.error;
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
              {run.state === 'stopped' ? <GoOnButton run={run} /> : null}
              <AbortButton run={run} />
            </>
          ) : undefined
        }
      />
      <DetailBody>
        {problem ? <Note tone="bad">{problem.sentence}</Note> : null}
        {run.stateReason === '' ? null : (
          <Note tone={run.state === 'failed' ? 'bad' : 'warn'}>{run.stateReason}</Note>
        )}
        <RunPeople run={run} />
        {run.state === 'previewing' || run.state === 'posting' || run.state === 'stopped' ? (
          <Progress run={run} />
        ) : null}
        {run.inputs === null ? null : (
          <>
            <h3>Checked</h3>
            <RunChecks run={run} />
          </>
        )}
        {run.state === 'ready' ? (
          <>
            <Approve run={run} />
            <NotPosted run={run} />
          </>
        ) : null}
        <Report run={run} />
      </DetailBody>
    </>
  );
}
