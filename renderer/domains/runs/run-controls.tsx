import { useState } from 'react';
import type { BillingRunDetail } from '../../../shared/domains/runs/runs-contract.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useMay } from '../../client/use-may.ts';
import { ActionButton } from '../../ui/button.tsx';
import { DateField } from '../../ui/date-field.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { formatCount } from '../../ui/format.ts';
import { toast } from '../../ui/toast.ts';

/** Goes on with what was approved; where later invoices were issued meanwhile, the rest needs a later date than it was approved for. */
export function GoOnButton({ run }: { run: BillingRunDetail }) {
  const may = useMay('billing.write');
  const environment = useEnvironmentName();
  const goOn = useCommand('runs.runGoOn');
  const [isAsked, setAsked] = useState(false);
  const [chosen, setChosen] = useState<string | null>(null);
  const left = formatCount(run.counts.ready);
  const close = (): void => {
    setAsked(false);
  };
  const confirm = async (): Promise<void> => {
    const day = chosen === null || chosen === run.issuedOn ? {} : { issuedOn: localDate(chosen) };
    if (!(await goOn.run({ runId: run.id, ...day }))) return;
    close();
    toast('ok', 'It goes on', `${left} invoices are being posted`);
  };
  return (
    <>
      <ActionButton
        size="sm"
        kind="primary"
        reason={may}
        onClick={() => {
          setAsked(true);
        }}
      >
        Go on posting…
      </ActionButton>
      {isAsked ? (
        <ConfirmDialog
          title={`Go on posting ${run.title}`}
          environment={environment}
          action={`Post the ${left} left`}
          width={480}
          busy={goOn.pending}
          problem={goOn.error?.sentence}
          onConfirm={() => void confirm()}
          onClose={close}
        >
          <p className="ik-sm">
            {formatCount(run.counts.posted)} invoices are posted and stay as they are; {left} are left, as
            they were approved.
          </p>
          <DateField
            label="Date of those left"
            description="A later one where other invoices were issued meanwhile: numbers are in order of dates"
            value={chosen ?? run.issuedOn}
            onChange={setChosen}
          />
        </ConfirmDialog>
      ) : null}
    </>
  );
}

/** Ends a run: before it is posted nothing of it stays; one that stands still half-way keeps what is posted. */
export function AbortButton({ run }: { run: BillingRunDetail }) {
  const isHalfWay = run.state === 'stopped';
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
        {isHalfWay ? 'End it…' : 'Abort…'}
      </ActionButton>
      {isAsked ? (
        <ConfirmDialog
          title={isHalfWay ? `End ${run.title} as it stands` : `Abort ${run.title}`}
          environment={environment}
          action={isHalfWay ? 'End the run' : 'Abort the run'}
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
          {isHalfWay ? (
            <p>
              The {formatCount(run.counts.posted)} invoices that are posted stay. The{' '}
              {formatCount(run.counts.ready)} that are left are not posted: their charges stay to be invoiced
              by a later run.
            </p>
          ) : (
            <p>
              Nothing was posted, and nothing of the run stays but that it was there. All charges stay to be
              invoiced.
            </p>
          )}
        </ConfirmDialog>
      ) : null}
    </>
  );
}
