import '../fleet/fleet.css';
import { useLocation, useSearch } from 'wouter';
import { MultiSelect } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { UseFormReturnType } from '@mantine/form';
import IconFile from '@tabler/icons-react/dist/esm/icons/IconFile.mjs';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton, Button } from '../../ui/button.tsx';
import { Segments } from '../../ui/chips.tsx';
import { useFormDraft } from '../../ui/form-draft.ts';
import { Form, FormSection, TextField } from '../../ui/form-field.tsx';
import { Note } from '../../ui/note.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { TaskDetail } from '../tasks/task-detail.tsx';
import { MinimumFields } from './minimum-fields.tsx';
import { emptyTemplate, guessOf, importInput, templateProblems } from './template-form.ts';
import type { TemplateValues } from './template-form.ts';

const HOSTS_SHOWN = 500;
type ImportForm = UseFormReturnType<TemplateValues>;

function SourceFields({ form }: { form: ImportForm }) {
  const { sourceKind } = form.getValues();
  const guess = (source: string): void => {
    const { name, os } = guessOf(source);
    if (form.getValues().name === '' && name !== '') form.setFieldValue('name', name);
    if (form.getValues().os === '' && os !== '') form.setFieldValue('os', os);
  };
  const choose = async (): Promise<void> => {
    const path = await window.innkeeper?.ask('file.choose', {
      title: 'Choose a disk image',
      filters: [{ name: 'Disk images', extensions: ['qcow2', 'img', 'raw'] }],
    });
    if (typeof path !== 'string') return;
    form.setFieldValue('path', path);
    guess(path);
  };
  return (
    <FormSection title="Image" hint="qcow2 or raw; its format and size are read from the image itself.">
      <div className="ik-wide">
        <Segments
          label="Where it is"
          value={sourceKind}
          options={[
            { value: 'file', label: 'A file' },
            { value: 'url', label: 'A web address' },
          ]}
          onChange={(value) => {
            form.setFieldValue('sourceKind', value);
          }}
        />
      </div>
      {sourceKind === 'file' ? (
        <div className="ik-wide">
          <TextField
            label="Path"
            description="On the machine the engine runs on"
            placeholder="/srv/images/debian-12-genericcloud-amd64.qcow2"
            {...form.getInputProps('path')}
            onBlur={(event) => {
              guess(event.target.value);
              form.getInputProps('path').onBlur?.(event);
            }}
          />
          {window.innkeeper ? (
            <div style={{ marginTop: 8 }}>
              <Button size="sm" icon={IconFile} onClick={() => void choose()}>
                Choose a file…
              </Button>
            </div>
          ) : null}
        </div>
      ) : (
        <div className="ik-wide">
          <TextField
            label="Address"
            placeholder="https://cloud.debian.org/images/cloud/bookworm/latest/debian-12-genericcloud-amd64.qcow2"
            {...form.getInputProps('url')}
            onBlur={(event) => {
              guess(event.target.value);
              form.getInputProps('url').onBlur?.(event);
            }}
          />
        </div>
      )}
      <div className="ik-wide">
        <TextField
          label="SHA-256"
          description="As its publisher gives it; empty: what arrives is recorded"
          styles={{ input: { fontFamily: 'var(--ik-mono)', fontSize: 11 } }}
          {...form.getInputProps('sha256')}
        />
      </div>
    </FormSection>
  );
}

function HostsField({ form }: { form: ImportForm }) {
  const hosts = useQuery('fleet.hostList', { limit: HOSTS_SHOWN });
  return (
    <FormSection title="Hosts" hint="Where it is uploaded now. Others get it when a VM needs it there.">
      <div className="ik-wide">
        <MultiSelect
          aria-label="Hosts"
          searchable
          clearable
          placeholder={form.getValues().hostIds.length === 0 ? 'Every connected host' : ''}
          nothingFoundMessage="No host is called that"
          data={(hosts.data?.rows ?? []).map((host) => ({ value: host.id, label: host.name }))}
          {...form.getInputProps('hostIds')}
        />
      </div>
    </FormSection>
  );
}

/** The import as it goes, beside what was asked for. */
function Progress({
  taskId,
  templateId,
  onAnother,
}: {
  taskId: string;
  templateId: string;
  onAnother: () => void;
}) {
  const [, navigate] = useLocation();
  return (
    <>
      <Panel>
        <TaskDetail taskId={taskId} />
      </Panel>
      <div className="ik-row">
        <Button
          kind="primary"
          onClick={() => {
            navigate(`/templates/${templateId}`);
          }}
        >
          Open the template
        </Button>
        <Button onClick={onAnother}>Import another</Button>
        <span className="ik-xs ik-t3">It goes on when you leave this page.</span>
      </div>
    </>
  );
}

/** Imports an image as a template; the task's steps are followed on the page. */
export function TemplateImportPage() {
  const [, navigate] = useLocation();
  const may = useMay('templates.write');
  const run = useCommand('templates.templateImport');
  const search = new URLSearchParams(useSearch());
  const taskId = search.get('task');
  const form = useForm<TemplateValues>({
    mode: 'controlled',
    initialValues: emptyTemplate,
    validateInputOnBlur: true,
    validate: templateProblems,
  });
  const draft = useFormDraft(form, 'template-import');
  const submit = form.onSubmit(async (values) => {
    const done = await run.run(importInput(values));
    if (!done) return;
    draft.clear();
    navigate(`/templates/new?task=${done.taskId}&template=${done.templateId}`, { replace: true });
  });
  return (
    <>
      <PageHead title="Import an image" meta="as a template for VMs" />
      <div className="ik-page">
        <div style={{ maxWidth: 720, display: 'flex', flexDirection: 'column', gap: 16 }}>
          {taskId ? (
            <Progress
              taskId={taskId}
              templateId={search.get('template') ?? ''}
              onAnother={() => {
                form.setValues(emptyTemplate);
                navigate('/templates/new');
              }}
            />
          ) : (
            <Panel pad>
              <Form
                onSubmit={submit}
                problem={
                  run.error ? (
                    <Note tone="bad">
                      {run.error.sentence}
                      {run.error.remote ? <pre className="ik-remote">{run.error.remote}</pre> : null}
                    </Note>
                  ) : null
                }
                foot={
                  <>
                    <ActionButton type="submit" kind="primary" busy={run.pending} reason={may}>
                      {run.pending ? 'Reading the image…' : 'Import'}
                    </ActionButton>
                    <Button
                      kind="ghost"
                      onClick={() => {
                        navigate('/templates');
                      }}
                    >
                      Cancel
                    </Button>
                  </>
                }
              >
                <SourceFields form={form} />
                <FormSection title="Template">
                  <TextField
                    label="Name"
                    placeholder="Debian 12"
                    maxLength={80}
                    {...form.getInputProps('name')}
                  />
                  <TextField
                    label="OS"
                    placeholder="Debian 12"
                    maxLength={80}
                    {...form.getInputProps('os')}
                  />
                </FormSection>
                <MinimumFields getInputProps={(name) => form.getInputProps(name) as object} />
                <HostsField form={form} />
              </Form>
            </Panel>
          )}
        </div>
      </div>
    </>
  );
}
