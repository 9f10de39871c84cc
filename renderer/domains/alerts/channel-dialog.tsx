import { Checkbox, MultiSelect } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { ChannelRow } from '../../../shared/domains/alerts/alerts-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useQuery } from '../../client/use-query.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import {
  Form,
  FormSection,
  NumberField,
  PasswordField,
  SelectField,
  TextAreaField,
  TextField,
} from '../../ui/form-field.tsx';
import { Note } from '../../ui/note.tsx';
import { toast } from '../../ui/toast.ts';
import { CHANNEL_WORDS, severityOptions } from './alert-words.ts';
import { configOf, draftOf, type ChannelDraft } from './channel-form.ts';

type Props = (field: keyof ChannelDraft & string) => object;

const SECURITY = [
  { value: 'starttls', label: 'STARTTLS, demanded (587)' },
  { value: 'tls', label: 'TLS from the start (465)' },
  { value: 'none', label: 'None: in clear' },
];

/** A secret is never shown again: left empty it stays as it is. */
function Secret(props: { label: string; isKept: boolean; input: object; hint?: string }) {
  return (
    <PasswordField
      label={props.label}
      placeholder={props.isKept ? 'kept as it is' : ''}
      description={props.hint}
      {...props.input}
    />
  );
}

function TargetFields({ draft, props, isKept }: { draft: ChannelDraft; props: Props; isKept: boolean }) {
  switch (draft.kind) {
    case 'mail':
      return (
        <>
          <TextField label="Mail server" required placeholder="smtp.acme.example" {...props('server')} />
          <NumberField
            label="Port"
            required
            min={1}
            max={65_535}
            thousandSeparator=""
            allowDecimal={false}
            {...props('port')}
          />
          <SelectField label="Encryption" data={SECURITY} allowDeselect={false} {...props('security')} />
          <TextField label="User" description="Empty: no login" {...props('user')} />
          <Secret label="Password" isKept={isKept} input={props('password')} />
          <TextField label="From" required placeholder="innkeeper@acme.example" {...props('from')} />
          <div className="ik-wide">
            <TextField
              label="To"
              required
              description="One address or several with commas"
              {...props('to')}
            />
          </div>
          <div className="ik-wide">
            <TextAreaField
              label="Own certificate"
              minRows={1}
              maxRows={6}
              description="PEM, only where the mail server's is from no public authority"
              {...props('certificate')}
            />
          </div>
        </>
      );
    case 'webhook':
      return (
        <>
          <div className="ik-wide">
            <Secret
              label="Address"
              isKept={isKept}
              input={props('url')}
              hint="https://…; JSON is posted to it"
            />
          </div>
          <Secret
            label="Key of the signature"
            isKept={isKept}
            input={props('secret')}
            hint="Empty: not signed"
          />
        </>
      );
    case 'slack':
      return (
        <div className="ik-wide">
          <Secret
            label="Address of the incoming webhook"
            isKept={isKept}
            input={props('url')}
            hint="https://hooks.slack.com/services/…"
          />
        </div>
      );
    case 'telegram':
      return (
        <>
          <Secret label="Token of the bot" isKept={isKept} input={props('token')} hint="From @BotFather" />
          <TextField label="Chat" required description="Its number, or @name" {...props('chatId')} />
          <div className="ik-wide">
            <TextField label="Server of the Bot API" {...props('apiServer')} />
          </div>
        </>
      );
    case 'desktop':
      return (
        <p className="ik-wide ik-t2">
          Consoles that are open show a notification: the desktop natively, a browser once it was allowed to.
        </p>
      );
  }
}

function Routing({ props }: { props: Props }) {
  const rules = useQuery('alerts.ruleList', {});
  const data = (rules.data?.rows ?? []).map((rule) => ({ value: rule.id, label: rule.name }));
  return (
    <FormSection title="Which alerts">
      <SelectField
        label="From severity"
        data={severityOptions}
        allowDeselect={false}
        {...props('leastSeverity')}
      />
      <div className="ik-wide">
        <MultiSelect
          label="Only of these rules"
          placeholder="all"
          data={data}
          searchable
          {...props('ruleIds')}
        />
      </div>
    </FormSection>
  );
}

/** Adds or changes a channel. */
export function ChannelDialog({ channel, onClose }: { channel: ChannelRow | null; onClose: () => void }) {
  const save = useCommand('alerts.channelSave');
  const form = useForm<ChannelDraft>({
    mode: 'controlled',
    initialValues: draftOf(channel),
    validateInputOnBlur: true,
    validate: {
      name: (text) => (text.trim() === '' ? 'Name it.' : null),
      server: (text, { kind }) =>
        kind === 'mail' && text.trim() === '' ? 'Write its name or address.' : null,
      from: (text, { kind }) =>
        kind === 'mail' && !text.includes('@') ? 'An address such as innkeeper@acme.example.' : null,
      to: (text, { kind }) =>
        kind === 'mail' && !text.includes('@') ? 'At least one address, such as ops@acme.example.' : null,
      chatId: (text, { kind }) =>
        kind === 'telegram' && text.trim() === '' ? 'The number of the chat, or its @name.' : null,
    },
  });
  const draft = form.getValues();
  const props: Props = (field) => ({
    ...form.getInputProps(field),
    ...(save.fields[`config.${field}`] === undefined ? {} : { error: save.fields[`config.${field}`] }),
  });
  const submit = form.onSubmit(async (values) => {
    const { name, enabled, leastSeverity, ruleIds, sendsResolved } = values;
    const saved = await save.run({
      name,
      enabled,
      leastSeverity,
      ruleIds,
      sendsResolved,
      config: configOf(values),
      ...(channel ? { channelId: channel.id } : {}),
    });
    if (!saved) return;
    toast('ok', 'Channel saved', 'Send a test to see that it arrives.');
    onClose();
  });
  return (
    <Dialog title={channel ? `Change ${channel.name}` : 'New channel'} width={620} onClose={onClose}>
      <Form
        onSubmit={submit}
        problem={save.error ? <Note tone="bad">{save.error.sentence}</Note> : undefined}
        foot={
          <>
            <Button type="submit" kind="primary" busy={save.pending}>
              {channel ? 'Save' : 'Add the channel'}
            </Button>
            <Button kind="ghost" onClick={onClose}>
              Cancel
            </Button>
          </>
        }
      >
        <FormSection title="Where to">
          <TextField label="Name" required {...props('name')} />
          <SelectField
            label="Kind"
            data={Object.entries(CHANNEL_WORDS).map(([value, label]) => ({ value, label }))}
            allowDeselect={false}
            disabled={channel !== null}
            {...props('kind')}
          />
          <TargetFields draft={draft} props={props} isKept={channel?.hasSecret ?? false} />
        </FormSection>
        <Routing props={props} />
        <Checkbox
          label="Also say when an alert is over"
          {...form.getInputProps('sendsResolved', { type: 'checkbox' })}
        />
        <Checkbox label="Switched on" {...form.getInputProps('enabled', { type: 'checkbox' })} />
      </Form>
    </Dialog>
  );
}
