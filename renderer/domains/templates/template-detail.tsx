import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import IconMapQuestion from '@tabler/icons-react/dist/esm/icons/IconMapQuestion.mjs';
import type { TemplateRow } from '../../../shared/domains/templates/templates-contract.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton, Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { BytesText } from '../../ui/figures.tsx';
import { formatCount } from '../../ui/format.ts';
import { KeyValues } from '../../ui/key-values.tsx';
import { Timestamp } from '../../ui/moment.tsx';
import { Note } from '../../ui/note.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { DetailBody, DetailHead } from '../../ui/split-view.tsx';
import type { DetailStep } from '../../ui/detail-step.ts';
import { SubjectTasks } from '../fleet/subject-tasks.tsx';
import { minimumWords } from './template-columns.tsx';
import { TemplateDeleteDialog, TemplateEditDialog } from './template-dialogs.tsx';
import { TemplateStateBadge } from './template-state.tsx';

function Facts({ template }: { template: TemplateRow }) {
  return (
    <section aria-label="Facts">
      <div className="ik-sub">
        <h3>Facts</h3>
      </div>
      <KeyValues
        facts={[
          { label: 'OS', value: template.os },
          { label: 'At least', value: minimumWords(template) },
          { label: 'Format', value: template.format === 'unknown' ? null : template.format },
          {
            label: 'Disk',
            value: template.virtualSizeBytes > 0 ? <BytesText bytes={template.virtualSizeBytes} /> : null,
          },
          { label: 'File', value: template.fileBytes > 0 ? <BytesText bytes={template.fileBytes} /> : null },
          { label: 'From', value: <span title={template.source}>{template.source}</span> },
          {
            label: 'SHA-256',
            value: template.sha256 ? (
              <span className="ik-row" style={{ gap: 4 }}>
                <span className="ik-mono ik-el" title={template.sha256}>
                  {template.sha256}
                </span>
                <CopyButton text={template.sha256} />
              </span>
            ) : null,
          },
          { label: 'Imported', value: <Timestamp dated atMs={Date.parse(template.createdAt)} /> },
          { label: 'VMs', value: `${formatCount(template.vms)} made from it` },
        ]}
      />
    </section>
  );
}

function Copies({ template }: { template: TemplateRow }) {
  return (
    <section aria-label="Copies">
      <div className="ik-sub">
        <h3>On hosts</h3>
        <span className="ik-xs ik-t3">others get it when a VM needs it there</span>
      </div>
      {template.hosts.length === 0 ? <p className="ik-sm ik-t3">On none yet.</p> : null}
      <ul className="ik-row ik-sm" style={{ flexWrap: 'wrap' }}>
        {template.hosts.map(({ hostId, host }) => (
          <li key={hostId}>
            <Link href={`/hosts/${hostId}`} className="ik-link">
              {host}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** One template: what it is, where its copies are, what was done to it. */
export function TemplateDetail({
  templateId,
  onClose,
  step,
}: {
  templateId: string;
  onClose: () => void;
  step: DetailStep;
}) {
  const answer = useQuery('templates.templateGet', { templateId }, { topics: ['template', 'vm', 'host'] });
  const mayWrite = useMay('templates.write');
  const mayMake = useMay('fleet.operate');
  const [, navigate] = useLocation();
  const [asked, setAsked] = useState<'edit' | 'delete' | null>(null);
  const close = (): void => {
    setAsked(null);
  };
  const template = answer.data;
  if (answer.refusal === 'no-such-template') {
    return (
      <EmptyState
        icon={IconMapQuestion}
        title="This template is no longer here"
        action={<Button onClick={onClose}>Back to the list</Button>}
      >
        It was deleted. VMs made from it stay.
      </EmptyState>
    );
  }
  if (!template) {
    return answer.error ? (
      <ErrorPanel title="The template could not be read" error={answer.error} onRetry={answer.refetch} />
    ) : (
      <Skeleton rows={8} />
    );
  }
  const notReady =
    template.state === 'importing'
      ? 'It is still being imported.'
      : template.state === 'failed'
        ? 'Its import failed: try the task again, or delete it.'
        : null;
  return (
    <>
      <DetailHead
        title={template.name}
        badge={<TemplateStateBadge state={template.state} />}
        facts={minimumWords(template)}
        actions={
          <>
            <ActionButton
              reason={notReady ?? mayMake}
              onClick={() => {
                navigate(`/vms/new?template=${template.id}`);
              }}
            >
              New VM from it
            </ActionButton>
            <ActionButton
              reason={mayWrite}
              onClick={() => {
                setAsked('edit');
              }}
            >
              Change…
            </ActionButton>
            <ActionButton
              kind="danger-outline"
              reason={mayWrite}
              onClick={() => {
                setAsked('delete');
              }}
            >
              Delete…
            </ActionButton>
          </>
        }
        onPrevious={step.previous}
        onNext={step.next}
        onClose={onClose}
        href={`/templates/${template.id}`}
      />
      <DetailBody>
        {template.state === 'failed' ? (
          <Note tone="bad">The import failed. Its task below says why, and can be tried again.</Note>
        ) : null}
        <Facts template={template} />
        <Copies template={template} />
        <section>
          <div className="ik-sub">
            <h3>Tasks</h3>
          </div>
          <SubjectTasks subjectId={template.id} limit={10} empty="Nothing was done to it yet." />
        </section>
      </DetailBody>
      {asked === 'edit' ? <TemplateEditDialog template={template} onClose={close} /> : null}
      {asked === 'delete' ? <TemplateDeleteDialog template={template} onClose={close} /> : null}
    </>
  );
}
