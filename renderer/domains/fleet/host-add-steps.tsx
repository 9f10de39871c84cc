import type { UseFormReturnType } from '@mantine/form';
import IconArrowLeft from '@tabler/icons-react/dist/esm/icons/IconArrowLeft.mjs';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import type { ResultOf } from '../../client/operation-types.ts';
import { ActionButton, Button } from '../../ui/button.tsx';
import { Segments } from '../../ui/chips.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import {
  Form,
  FormSection,
  NumberField,
  PasswordField,
  TextAreaField,
  TextField,
} from '../../ui/form-field.tsx';
import { formatCount } from '../../ui/format.ts';
import { KeyValues } from '../../ui/key-values.tsx';
import { Note } from '../../ui/note.tsx';
import { Panel } from '../../ui/panel.tsx';
import type { HostDoorValues } from './host-door-form.ts';
import { ClusterField } from './cluster-field.tsx';
import { NetworkTable, PoolTable } from './host-resources.tsx';
import { KeyFileField } from './key-file-field.tsx';

export type Look = ResultOf<'fleet.hostProbe'>;

type DoorForm = UseFormReturnType<HostDoorValues>;

/** Where a fingerprint can be read, by what an administrator has at hand. */
const COMPARE = 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub';

/** How hosts are logged in to. */
export function AuthFields({ form }: { form: DoorForm }) {
  const { auth } = form.getValues();
  return (
    <FormSection title="Log-in">
      <div className="ik-wide">
        <Segments
          label="Log-in by"
          value={auth}
          options={[
            { value: 'key', label: 'Key file' },
            { value: 'agent', label: 'SSH agent' },
            { value: 'password', label: 'Password, once' },
          ]}
          onChange={(value) => {
            form.setFieldValue('auth', value);
          }}
        />
      </div>
      {auth === 'key' ? (
        <>
          <div className="ik-wide">
            <KeyFileField
              onKey={(text) => {
                form.setFieldValue('privateKey', text);
              }}
              {...form.getInputProps('privateKey')}
            />
          </div>
          <PasswordField
            label="Passphrase"
            description="Only where the key has one"
            {...form.getInputProps('passphrase')}
          />
        </>
      ) : null}
      {auth === 'agent' ? (
        <div className="ik-wide">
          <Note tone="acc">
            The agent of the person who started this engine is asked (SSH_AUTH_SOCK). A worker that runs
            without a person has none: give it a key file.
          </Note>
        </div>
      ) : null}
      {auth === 'password' ? (
        <>
          <PasswordField label="Password" {...form.getInputProps('password')} />
          <div className="ik-wide">
            <Note tone="acc">
              Used once: when the host is added, a key made for this purpose is put into its authorized_keys,
              and the password is forgotten. It is never stored.
            </Note>
          </div>
        </>
      ) : null}
    </FormSection>
  );
}

/** First: the way in. */
export function DoorStep(props: {
  form: DoorForm;
  busy: boolean;
  problem: React.ReactNode;
  may: string | null;
  onNext: () => void;
  onCancel: () => void;
}) {
  const { form } = props;
  return (
    <Panel title="The way in" pad>
      <Form
        onSubmit={props.onNext}
        problem={props.problem}
        foot={
          <>
            <ActionButton type="submit" kind="primary" busy={props.busy} reason={props.may}>
              {props.busy ? 'Looking…' : 'Look at the host'}
            </ActionButton>
            <Button kind="ghost" onClick={props.onCancel}>
              Cancel
            </Button>
            <span className="ik-xs ik-t3">Nothing is changed on it.</span>
          </>
        }
      >
        <FormSection title="Host" hint="A machine with libvirt and KVM, reached over SSH.">
          <TextField
            label="Address"
            placeholder="hv1.example.net"
            autoFocus
            {...form.getInputProps('address')}
          />
          <NumberField
            label="Port"
            min={1}
            max={65_535}
            thousandSeparator=""
            {...form.getInputProps('port')}
          />
          <TextField
            label="User"
            description="root, or a member of the group libvirt"
            {...form.getInputProps('user')}
          />
          <TextAreaField
            label="Jump hosts"
            description="user@address:port, one per line, nearest first"
            minRows={1}
            {...form.getInputProps('jump')}
          />
        </FormSection>
        <AuthFields form={form} />
      </Form>
    </Panel>
  );
}

/** Second: a key nobody has seen yet, to be compared. */
export function KeyStep(props: {
  address: string;
  fingerprint: string;
  busy: boolean;
  problem: React.ReactNode;
  onYes: () => void;
  onBack: () => void;
}) {
  return (
    <Panel title="Its key" pad>
      <div className="ik-form">
        <div>
          <p>
            <b className="ik-med">{props.address}</b> is met for the first time and shows this key:
          </p>
          <div className="ik-row">
            <code className="ik-fingerprint ik-grow" aria-label="Fingerprint">
              {props.fingerprint}
            </code>
            <CopyButton text={props.fingerprint} />
          </div>
          <p className="ik-sm ik-t2">
            Compare it with what the host itself says, on its own screen or through whoever runs it, not over
            this network:
          </p>
          <code className="ik-fingerprint">{COMPARE}</code>
          <p className="ik-sm ik-t2">
            (or the ecdsa or rsa file beside it.) From then on this key, and no other, is taken for this host.
          </p>
        </div>
        {props.problem}
        <div className="ik-form-foot">
          <Button kind="primary" busy={props.busy} onClick={props.onYes}>
            It is the same: go on
          </Button>
          <Button kind="ghost" icon={IconArrowLeft} onClick={props.onBack}>
            Back
          </Button>
          <span className="ik-xs ik-t3">If it differs, somebody may be in between: stop here.</span>
        </div>
      </div>
    </Panel>
  );
}

/** Third: what it is, and its name. */
export function LookStep(props: {
  look: Look;
  form: DoorForm;
  busy: boolean;
  problem: React.ReactNode;
  onAdd: () => void;
  onBack: () => void;
}) {
  const { look } = props;
  return (
    <>
      <Panel title={look.hostname} meta={look.hypervisor} pad>
        <KeyValues
          columns={2}
          facts={[
            { label: 'Processor', value: `${look.cpuCount} × ${look.cpuModel}`, wide: true },
            { label: 'Memory', value: formatBytes(look.memoryBytes) },
            { label: 'libvirt', value: look.libvirtVersion },
            { label: 'VMs', value: `${formatCount(look.vms)}, shown as they are` },
            { label: 'Host key', value: <span className="ik-mono">{look.fingerprint}</span>, wide: true },
          ]}
        />
        <div className="ik-problems">
          {look.problems.length === 0 ? <Note tone="ok">Nothing stands in the way.</Note> : null}
          {look.problems.map((problem) => (
            <Note key={`${problem.code}${problem.sentence}`} tone="warn">
              {problem.sentence}
            </Note>
          ))}
        </div>
        <PoolTable pools={look.pools} />
        <NetworkTable networks={look.networks} />
      </Panel>
      <Panel title="Add it" pad>
        <Form
          onSubmit={props.onAdd}
          problem={props.problem}
          foot={
            <>
              <Button type="submit" kind="primary" busy={props.busy}>
                {props.busy
                  ? 'Adding…'
                  : `Add ${props.form.getValues().name || (look.hostname.split('.')[0] ?? 'it')}`}
              </Button>
              <Button kind="ghost" icon={IconArrowLeft} onClick={props.onBack}>
                Back
              </Button>
            </>
          }
        >
          <FormSection title="Name and cluster" hint="As people will call it; problems can be settled later.">
            <TextField
              label="Name"
              placeholder={look.hostname.split('.')[0] ?? ''}
              maxLength={63}
              {...props.form.getInputProps('name')}
            />
            <ClusterField
              label="Cluster"
              clearable
              placeholder="The oldest one"
              value={props.form.getValues().clusterId}
              onChange={(clusterId) => {
                props.form.setFieldValue('clusterId', clusterId);
              }}
            />
          </FormSection>
        </Form>
      </Panel>
    </>
  );
}
