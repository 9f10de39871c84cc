import './bulk.css';
import { useEffect, useState } from 'react';
import { useDebouncedValue } from '@mantine/hooks';
import { useLocation } from 'wouter';
import type { BulkSelect } from '../../../shared/domains/bulk/bulk-contract.ts';
import { bulkOrderWords, bulkWords, type BulkActionName } from '../../../shared/domains/bulk/bulk-rules.ts';
import { useCommand } from '../../client/use-command.ts';
import { useEnvironmentName } from '../../client/use-environment-name.ts';
import { useQuery } from '../../client/use-query.ts';
import { PreviewModal } from '../../ui/dialog.tsx';
import { formatClock, formatCount } from '../../ui/format.ts';
import { Note } from '../../ui/note.tsx';
import { BulkHow, BulkWhatFields } from './bulk-fields.tsx';
import { bulkMissing, newBulkForm, whatOf } from './bulk-form.ts';
import { previewOf } from './bulk-preview-words.tsx';

/** Settles while somebody types tags or notes. */
const TYPING_MS = 300;
/** A preview is of one moment: nothing but a change of what is asked, or its refusal, reads it anew. */
const NO_TOPICS: readonly string[] = ['none'];
const IN_STORE: readonly BulkActionName[] = ['tagsAdd', 'tagsRemove', 'tagsSet', 'notes', 'owner'];

function From(props: { select: BulkSelect; matching: number; checkedAt: string | undefined }) {
  const { query, vmIds } = props.select;
  const all = formatCount(props.matching);
  const matching = query === '' ? `all ${all} VMs` : `all ${all} that match`;
  const many = vmIds === undefined ? matching : `${formatCount(vmIds.length)} ticked of ${all}`;
  return (
    <p className="ik-bulk-from">
      <span className="ik-t3">From</span>
      {query === '' ? null : <span className="ik-q ik-el">{query}</span>}
      <span className="ik-t2">
        {many}
        {props.checkedAt === undefined
          ? ''
          : `, checked at ${formatClock(Date.parse(props.checkedAt), true)}`}
      </span>
    </p>
  );
}

function useBulkPreview(action: BulkActionName, select: BulkSelect) {
  const [form, setForm] = useState(() => newBulkForm(action));
  const [settled] = useDebouncedValue(form, TYPING_MS);
  const what = whatOf(settled);
  const found = useQuery('bulk.bulkPreview', what === null ? null : { what, select }, { topics: NO_TOPICS });
  const { refetch, readMs } = found;
  useEffect(() => {
    // What a preview of a minute ago said is not kept for the next one; what is being read now is not read twice.
    if (readMs > 0) refetch();
    // oxlint-disable-next-line react/exhaustive-deps -- once for each question that is asked, not for each answer
  }, [refetch]);
  const isSettled = what !== null && JSON.stringify(what) === JSON.stringify(whatOf(form));
  return { form, setForm, found, what, data: isSettled ? found.data : undefined };
}

/** What an action on many will do, and how; then it is a bulk action with a page of its own. */
export function BulkPreviewDialog(props: {
  action: BulkActionName;
  select: BulkSelect;
  /** How many match the query. */
  matching: number;
  onClose: () => void;
  onBegun: () => void;
}) {
  const { action, select } = props;
  const words = bulkWords[action];
  const [, navigate] = useLocation();
  const environment = useEnvironmentName();
  const start = useCommand('bulk.bulkStart');
  const { form, setForm, found, what, data } = useBulkPreview(action, select);
  const missing = bulkMissing(form);
  const title = bulkOrderWords(action, select.vmIds?.length ?? props.matching);
  const begin = (): void => {
    if (!data || what === null) return;
    const { perHost, perCluster, atOnce, stopAfterFailures } = form;
    void start
      .run({
        what,
        select,
        expected: { count: data.will, digest: data.digest },
        confirmCount: data.will,
        pace: { perHost, perCluster, atOnce, stopAfterFailures },
      })
      .then((begun) => {
        if (begun === null) found.refetch();
        else {
          props.onBegun();
          navigate(`/bulk/${begun.bulkId}`);
        }
      });
  };
  const problem = start.error?.sentence ?? found.error?.sentence;
  return (
    <PreviewModal
      title={title}
      environment={environment}
      preview={data ? previewOf(data, words.already) : null}
      willWords={words.will}
      danger={words.destroys ?? false}
      untyped={words.destroys !== true && words.interrupts !== true}
      busy={start.pending}
      problem={problem}
      action={(count) => bulkOrderWords(action, count)}
      onClose={props.onClose}
      onConfirm={begin}
      head={
        <>
          <From select={select} matching={props.matching} checkedAt={data?.checkedAt} />
          <BulkWhatFields
            form={form}
            onChange={(change) => {
              setForm({ ...form, ...change });
            }}
          />
          {missing !== null || found.error === null ? null : <Note tone="bad">{found.error.sentence}</Note>}
        </>
      }
    >
      {words.destroys ? <p className="ik-warn">{destroyWords(action)}</p> : null}
      <BulkHow
        form={form}
        onHosts={!IN_STORE.includes(action)}
        onChange={(change) => {
          setForm({ ...form, ...change });
        }}
      />
      <p className="ik-xs ik-t3">
        {words.undo === undefined ? 'Nothing takes it back.' : `Undoing it ${words.undo}.`} It goes on as a
        task when this window is closed.
      </p>
    </PreviewModal>
  );
}

function destroyWords(action: BulkActionName): string {
  return action === 'delete'
    ? 'Their disks are deleted with them. What is not backed up is lost.'
    : 'Like pulling the plug: what the guests have not written to disk is lost.';
}
