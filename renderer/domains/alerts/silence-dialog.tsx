import { useState } from 'react';
import { useForm } from '@mantine/form';
import type { AlertRow } from '../../../shared/domains/alerts/alerts-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useQuery } from '../../client/use-query.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, FormSection, SelectField, TextField } from '../../ui/form-field.tsx';
import { Note } from '../../ui/note.tsx';
import { toast } from '../../ui/toast.ts';

const LENGTHS = [
  { value: '1', label: '1 hour' },
  { value: '4', label: '4 hours' },
  { value: '24', label: '1 day' },
  { value: '168', label: '1 week' },
  { value: '720', label: '30 days' },
];
const HOUR_MS = 3_600_000;

interface Draft extends Record<string, unknown> {
  about: string;
  ruleId: string | null;
  hostId: string | null;
  clusterId: string | null;
  query: string;
  hours: string;
  reason: string;
}

/** What a silence of this alert can be about, the narrowest first; without an alert a rule, a host or a query. */
function choices(alert: AlertRow | undefined): { value: string; label: string }[] {
  if (!alert)
    return [
      { value: 'rule', label: 'A rule' },
      { value: 'host', label: 'A host and all that is on it' },
      { value: 'cluster', label: 'A cluster' },
      { value: 'query', label: 'A query over alerts' },
    ];
  return [
    { value: 'this', label: `This rule on ${alert.subject.name}` },
    { value: 'subject', label: `Everything about ${alert.subject.name}` },
    ...(alert.hostId === '' ? [] : [{ value: 'host', label: `Host ${alert.host} and all that is on it` }]),
    { value: 'rule', label: `The whole rule ${alert.rule}` },
  ];
}

function hoursAhead(hours: number): string {
  return new Date(Date.now() + hours * HOUR_MS).toISOString();
}

function matchOf(alert: AlertRow | undefined, draft: Draft) {
  const rule = { ruleId: alert?.ruleId ?? draft.ruleId ?? '' };
  switch (draft.about) {
    case 'this':
      return { ...rule, ...(alert ? { subject: alert.subject } : {}) };
    case 'subject':
      return alert ? { subject: alert.subject } : {};
    case 'host':
      return { hostId: alert?.hostId ?? draft.hostId ?? '' };
    case 'cluster':
      return { clusterId: draft.clusterId ?? '' };
    case 'rule':
      return rule;
    default:
      return { query: draft.query };
  }
}

/** Tells nobody of certain alerts until a time; the reason stands beside them. */
export function SilenceDialog({ alert, onClose }: { alert?: AlertRow; onClose: () => void }) {
  const start = useCommand('alerts.silenceStart');
  const [about] = useState(() => choices(alert));
  const form = useForm<Draft>({
    mode: 'controlled',
    initialValues: {
      about: about[0]?.value ?? 'query',
      ruleId: null,
      hostId: null,
      clusterId: null,
      query: '',
      hours: '4',
      reason: '',
    },
    validateInputOnBlur: true,
    validate: {
      reason: (text) => (text.trim() === '' ? 'Say why: colleagues will see it.' : null),
    },
  });
  const values = form.getValues();
  const submit = form.onSubmit(async (draft) => {
    const endsAt = hoursAhead(Number(draft.hours));
    if (!(await start.run({ ...matchOf(alert, draft), reason: draft.reason, endsAt }))) return;
    toast('ok', 'Silenced', 'It stands under Silences, where it can be ended early.');
    onClose();
  });
  return (
    <Dialog title="Silence alerts" onClose={onClose}>
      <Form
        onSubmit={submit}
        problem={start.error ? <Note tone="bad">{start.error.sentence}</Note> : undefined}
        foot={
          <>
            <Button type="submit" kind="primary" busy={start.pending}>
              Silence
            </Button>
            <Button kind="ghost" onClick={onClose}>
              Cancel
            </Button>
          </>
        }
      >
        <FormSection title="What and how long" hint="The alerts stay visible; nobody is told of them.">
          <div className="ik-wide">
            <SelectField label="What" data={about} allowDeselect={false} {...form.getInputProps('about')} />
          </div>
          {!alert && values.about === 'rule' ? <RuleField {...form.getInputProps('ruleId')} /> : null}
          {!alert && values.about === 'host' ? <HostField {...form.getInputProps('hostId')} /> : null}
          {!alert && values.about === 'cluster' ? (
            <ClusterField {...form.getInputProps('clusterId')} />
          ) : null}
          {!alert && values.about === 'query' ? (
            <TextField
              label="Query"
              description="Of the list of alerts: severity:info subject:acct-48"
              {...form.getInputProps('query')}
            />
          ) : null}
          <SelectField label="For" data={LENGTHS} allowDeselect={false} {...form.getInputProps('hours')} />
          <div className="ik-wide">
            <TextField label="Reason" required {...form.getInputProps('reason')} />
          </div>
        </FormSection>
      </Form>
    </Dialog>
  );
}

function RuleField(props: object) {
  const rules = useQuery('alerts.ruleList', {});
  const data = (rules.data?.rows ?? []).map((rule) => ({ value: rule.id, label: rule.name }));
  return <SelectField label="Rule" data={data} searchable {...props} />;
}

function HostField(props: object) {
  const hosts = useQuery('fleet.hostList', { limit: 500 });
  const data = (hosts.data?.rows ?? []).map((host) => ({ value: host.id, label: host.name }));
  return <SelectField label="Host" data={data} searchable limit={50} {...props} />;
}

function ClusterField(props: object) {
  const clusters = useQuery('fleet.clusterList', { limit: 500 });
  const data = (clusters.data?.rows ?? []).map((cluster) => ({ value: cluster.id, label: cluster.name }));
  return <SelectField label="Cluster" data={data} searchable limit={50} {...props} />;
}
