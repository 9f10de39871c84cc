import './fleet.css';
import { useEffect, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { useForm } from '@mantine/form';
import { useDebouncedValue } from '@mantine/hooks';
import IconTemplate from '@tabler/icons-react/dist/esm/icons/IconTemplate.mjs';
import type { TemplateRow } from '../../../shared/domains/templates/templates-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import type { CommandRun } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton, Button } from '../../ui/button.tsx';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { useFormDraft } from '../../ui/form-draft.ts';
import { Form } from '../../ui/form-field.tsx';
import { Note } from '../../ui/note.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { TaskDetail } from '../tasks/task-detail.tsx';
import { ClusterField } from './cluster-field.tsx';
import { PlacementTable } from './placement-table.tsx';
import type { PlacementRow } from './placement-table.tsx';
import {
  emptyVm,
  fieldOf,
  networkChoices,
  placementInput,
  sizeOf,
  vmCreateInput,
  vmProblems,
} from './vm-create-form.ts';
import type { VmCreateValues } from './vm-create-form.ts';
import { AccessFields, MachineFields, NetworkFields } from './vm-create-fields.tsx';
import type { VmForm } from './vm-create-fields.tsx';

const TEMPLATES_SHOWN = 200;
const ASK_AFTER_MS = 250;
const PLACE_EVERY_MS = 3000;

function useTemplates(): { rows: readonly TemplateRow[] | undefined; none: boolean; problem: string | null } {
  const found = useQuery('templates.templateList', { limit: TEMPLATES_SHOWN }, { topics: ['template'] });
  return { rows: found.data?.rows, none: found.data?.total === 0, problem: found.error?.sentence ?? null };
}

/** Where it would fit, as sizes are typed. */
function usePlacement(values: VmCreateValues) {
  const wanted = placementInput(values);
  const [asked] = useDebouncedValue(JSON.stringify(wanted), ASK_AFTER_MS);
  return useQuery('fleet.hostPlacement', JSON.parse(asked) as typeof wanted, {
    topics: ['host', 'vm', 'cluster'],
    atMostEveryMs: PLACE_EVERY_MS,
  });
}

/** Networks of the host that was chosen, or of the one that fits best. */
function useNetworks(hostId: string | null, rows: readonly PlacementRow[] | undefined) {
  const best = rows?.find((row) => row.fits) ?? rows?.[0];
  const of = hostId ?? best?.hostId ?? null;
  const host = useQuery('fleet.hostGet', of === null ? null : { hostId: of });
  return { host: host.data?.name, choices: host.data ? networkChoices(host.data.networks) : undefined };
}

/** What the engine says about fields stands beside them. */
function useServerErrors(form: VmForm, run: CommandRun<'fleet.vmCreate'>): void {
  const said = JSON.stringify(run.fields);
  const { setFieldError } = form;
  const taken = run.refusal === 'name-taken' ? run.error?.sentence : undefined;
  useEffect(() => {
    for (const [path, message] of Object.entries(JSON.parse(said) as Record<string, string>)) {
      const field = fieldOf(path);
      if (field) setFieldError(field, message);
    }
    if (taken) setFieldError('name', taken);
  }, [said, taken, setFieldError]);
}

function Placement({ form, answer }: { form: VmForm; answer: ReturnType<typeof usePlacement> }) {
  const fitting = answer.data?.rows.filter((row) => row.fits).length;
  const { clusterId, hostId } = form.getValues();
  return (
    <Panel
      title="Where"
      meta={
        fitting === undefined ? undefined : `fits on ${fitting} of ${answer.data?.rows.length ?? 0} hosts`
      }
    >
      <div className="ik-pb">
        <ClusterField
          label="Cluster"
          placeholder="Any cluster"
          clearable
          value={clusterId}
          onChange={(chosen) => {
            form.setFieldValue('clusterId', chosen);
            // A host of another cluster is no answer any more.
            form.setFieldValue('hostId', null);
          }}
        />
      </div>
      {answer.data ? (
        <PlacementTable
          rows={answer.data.rows}
          whyNowhere={answer.data.whyNowhere}
          hostId={hostId}
          onPick={(picked) => {
            form.setFieldValue('hostId', picked);
          }}
        />
      ) : answer.error ? (
        <ErrorPanel error={answer.error} onRetry={answer.refetch} />
      ) : sizeOf(form.getValues()) ? (
        <Skeleton rows={4} />
      ) : (
        <p className="ik-sm ik-t3" style={{ padding: 12 }}>
          Write a size to see where it fits.
        </p>
      )}
    </Panel>
  );
}

/** The VM as it is being made: its task's steps, and where to go from here. */
function Making({ taskId, vmId }: { taskId: string; vmId: string }) {
  const [, navigate] = useLocation();
  return (
    <div style={{ maxWidth: 720, display: 'flex', flexDirection: 'column', gap: 16 }}>
      <Panel>
        <TaskDetail taskId={taskId} />
      </Panel>
      <div className="ik-row">
        <Button
          kind="primary"
          onClick={() => {
            navigate(`/vms/${vmId}`);
          }}
        >
          Open the VM
        </Button>
        <Button
          onClick={() => {
            navigate('/vms/new');
          }}
        >
          Make another
        </Button>
        <span className="ik-xs ik-t3">It goes on when you leave this page.</span>
      </div>
    </div>
  );
}

function CreateForm({ templates, given }: { templates: readonly TemplateRow[]; given: string | null }) {
  const [, navigate] = useLocation();
  const may = useMay('fleet.operate');
  const create = useCommand('fleet.vmCreate');
  const form = useForm<VmCreateValues>({
    mode: 'controlled',
    initialValues: emptyVm,
    validateInputOnBlur: true,
    validate: (values) =>
      vmProblems(
        values,
        templates.find((each) => each.id === values.templateId),
      ),
  });
  const draft = useFormDraft(form, 'vm-new');
  const { setFieldValue } = form;
  useEffect(() => {
    if (given) setFieldValue('templateId', given);
  }, [given, setFieldValue]);
  useServerErrors(form, create);
  const placement = usePlacement(form.getValues());
  const networks = useNetworks(form.getValues().hostId, placement.data?.rows);
  const submit = form.onSubmit(async (values) => {
    const input = vmCreateInput(values);
    const started = input && (await create.run(input));
    if (!started) return;
    draft.clear();
    navigate(`/vms/new?task=${started.taskId}&vm=${started.vmId}`, { replace: true });
  });
  return (
    <div className="ik-two">
      <Panel pad>
        <Form
          onSubmit={submit}
          problem={
            create.error ? (
              <Note tone="bad">
                {create.error.sentence}
                {create.error.remote ? <pre className="ik-remote">{create.error.remote}</pre> : null}
              </Note>
            ) : null
          }
          foot={
            <>
              <ActionButton type="submit" kind="primary" busy={create.pending} reason={may}>
                Make the VM
              </ActionButton>
              <Button
                kind="ghost"
                onClick={() => {
                  draft.clear();
                  form.setValues(emptyVm);
                  form.clearErrors();
                }}
              >
                Start over
              </Button>
              <span className="ik-xs ik-t3">What is typed stays here until then.</span>
            </>
          }
        >
          <MachineFields form={form} templates={templates} />
          <NetworkFields form={form} choices={networks.choices} host={networks.host} />
          <AccessFields form={form} />
        </Form>
      </Panel>
      <div className="ik-aside">
        <Placement form={form} answer={placement} />
      </div>
    </div>
  );
}

/** A new VM: the form, where it fits, and its task once it is being made. */
export function VmCreatePage() {
  const search = new URLSearchParams(useSearch());
  const [, navigate] = useLocation();
  const templates = useTemplates();
  const task = search.get('task');
  const [given] = useState(search.get('template'));
  const body = () => {
    if (task) return <Making taskId={task} vmId={search.get('vm') ?? ''} />;
    if (templates.none) {
      return (
        <Panel>
          <EmptyState
            icon={IconTemplate}
            title="A VM is made from a template"
            action={
              <Button
                kind="primary"
                onClick={() => {
                  navigate('/templates/new');
                }}
              >
                Import an image
              </Button>
            }
          >
            There is none yet: import a cloud image (qcow2 or raw) first.
          </EmptyState>
        </Panel>
      );
    }
    if (!templates.rows)
      return templates.problem ? (
        <ErrorPanel error={{ sentence: templates.problem }} />
      ) : (
        <Skeleton rows={10} />
      );
    return <CreateForm key={task ?? 'form'} templates={templates.rows} given={given} />;
  };
  return (
    <>
      <PageHead title="New VM" />
      <div className="ik-page">{body()}</div>
    </>
  );
}
