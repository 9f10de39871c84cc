import './fleet.css';
import { useState } from 'react';
import { useLocation, useParams } from 'wouter';
import { useForm } from '@mantine/form';
import type { ClusterFields, ClusterRow } from '../../../shared/domains/fleet/cluster-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton, Button } from '../../ui/button.tsx';
import { DraftNote } from '../../ui/draft-note.tsx';
import { EditProblem } from '../../ui/edit-problem.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { useFormDraft } from '../../ui/form-draft.ts';
import { Form, FormSection, NumberField, SelectField, TextField } from '../../ui/form-field.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.ts';
import { countryOptions, zoneOptions } from '../customers/country-options.ts';
import { clusterInput, clusterProblems, clusterValues, type ClusterValues } from './cluster-form.ts';
import { FilterFields, WindowFields } from './cluster-rule-fields.tsx';
import { policyWords } from './cluster-words.tsx';

const NEW: ClusterFields = {
  name: '',
  site: '',
  jurisdiction: '',
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  cpuOvercommit: 8,
  memoryOvercommit: 1,
  policy: 'spread',
  filters: [],
  windows: [],
};
const POLICIES = Object.entries(policyWords).map(([value, { word, text }]) => ({
  value,
  label: `${word}: ${text}`,
}));

function fieldsOf(cluster: ClusterRow): ClusterFields {
  const { name, site, jurisdiction, timeZone, cpuOvercommit, memoryOvercommit, policy, filters, windows } =
    cluster;
  return { name, site, jurisdiction, timeZone, cpuOvercommit, memoryOvercommit, policy, filters, windows };
}

function ClusterForm(props: { cluster: ClusterRow | null; onAnew: () => void }) {
  const { cluster } = props;
  const [, navigate] = useLocation();
  const may = useMay('fleet.administer');
  const create = useCommand('fleet.clusterCreate');
  const save = useCommand('fleet.clusterSave');
  const [fields] = useState(() => (cluster ? fieldsOf(cluster) : NEW));
  const running = cluster ? save : create;
  const form = useForm<ClusterValues>({
    mode: 'controlled',
    initialValues: clusterValues(fields),
    validateInputOnBlur: true,
    validate: clusterProblems,
  });
  const draft = useFormDraft(form, `cluster-${cluster?.id ?? 'new'}`, { seen: fields });
  const submit = form.onSubmit(async (values) => {
    const input = clusterInput(values);
    const done = cluster
      ? await save
          .run({ clusterId: cluster.id, ...input, before: draft.seen })
          .then((saved) => saved && cluster.id)
      : await create.run(input).then((made) => made?.clusterId);
    if (!done) return;
    draft.clear();
    toast('ok', cluster ? 'Cluster saved' : 'Cluster added', input.name);
    navigate(`/clusters/${done}`, { replace: true });
  });
  const taken = running.refusal === 'name-taken' ? running.error?.sentence : undefined;
  return (
    <Form
      onSubmit={submit}
      problem={
        running.error && taken === undefined ? (
          <EditProblem
            sentence={running.error.sentence}
            isOvertaken={running.refusal === 'changed-meanwhile'}
            onAnew={() => {
              draft.clear();
              props.onAnew();
            }}
          />
        ) : undefined
      }
      foot={
        <>
          <ActionButton type="submit" kind="primary" busy={running.pending} reason={may}>
            {cluster ? 'Save' : 'Add cluster'}
          </ActionButton>
          <Button
            kind="ghost"
            onClick={() => {
              draft.clear();
              navigate(cluster ? `/clusters/${cluster.id}` : '/clusters');
            }}
          >
            Cancel
          </Button>
        </>
      }
    >
      {draft.restored ? <DraftNote onDiscard={draft.discard} /> : null}
      <FormSection title="Cluster">
        <TextField
          label="Name"
          required
          autoFocus={!cluster}
          maxLength={63}
          {...form.getInputProps('name')}
          {...(taken === undefined ? {} : { error: taken })}
        />
        <TextField label="Site" placeholder="Warsaw, DC2" maxLength={100} {...form.getInputProps('site')} />
        <SelectField
          label="Jurisdiction"
          description="Whose law holds for what is stored there"
          data={countryOptions}
          searchable
          clearable
          {...form.getInputProps('jurisdiction')}
        />
      </FormSection>
      <FormSection
        title="What may be sold"
        hint="VMs that are there stay where they are, whatever is written here."
      >
        <NumberField
          label="vCPUs for each CPU"
          unit=": 1"
          min={0.5}
          max={64}
          step={0.5}
          decimalScale={2}
          {...form.getInputProps('cpuOvercommit')}
        />
        <NumberField
          label="Memory"
          description="100 %: never more than there is"
          unit="%"
          min={50}
          max={400}
          step={5}
          decimalScale={0}
          {...form.getInputProps('memoryPercent')}
        />
      </FormSection>
      <FormSection title="Placement of new VMs">
        <div className="ik-wide">
          <SelectField
            label="Policy"
            data={POLICIES}
            allowDeselect={false}
            {...form.getInputProps('policy')}
          />
        </div>
        <FilterFields form={form} />
      </FormSection>
      <FormSection
        title="Maintenance windows"
        hint="When rolling maintenance may work on these hosts. Without any: at any time."
      >
        <SelectField
          label="Time zone"
          data={zoneOptions}
          searchable
          limit={60}
          allowDeselect={false}
          {...form.getInputProps('timeZone')}
        />
        <WindowFields form={form} />
      </FormSection>
    </Form>
  );
}

/** A new cluster, or the rules of one; what is typed stays across errors and reloads. */
export function ClusterFormPage() {
  const { clusterId } = useParams<{ clusterId?: string }>();
  const [round, setRound] = useState(0);
  const answer = useQuery('fleet.clusterGet', clusterId ? { clusterId } : null);
  return (
    <>
      <PageHead title={answer.data ? `Change ${answer.data.name}` : 'New cluster'} />
      <div className="ik-page">
        {clusterId === undefined || answer.data ? (
          <ClusterForm
            key={`${clusterId ?? 'new'} ${round}`}
            cluster={answer.data ?? null}
            onAnew={() => {
              setRound(round + 1);
            }}
          />
        ) : answer.error ? (
          <ErrorPanel title="The cluster could not be read" error={answer.error} onRetry={answer.refetch} />
        ) : (
          <Skeleton rows={10} />
        )}
      </div>
    </>
  );
}
