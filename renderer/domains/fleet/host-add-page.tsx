import './fleet.css';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { useForm } from '@mantine/form';
import IconCheck from '@tabler/icons-react/dist/esm/icons/IconCheck.mjs';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import type { ErrorWords } from '../../ui/error-panel.tsx';
import { useFormDraft } from '../../ui/form-draft.ts';
import {} from '../../ui/form-field.tsx';
import { Note } from '../../ui/note.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { toast } from '../../ui/toast.ts';
import { doorInput, doorProblems, doorSecrets, emptyDoor } from './host-door-form.ts';
import type { HostDoorValues } from './host-door-form.ts';
import { DoorStep, KeyStep, LookStep } from './host-add-steps.tsx';
import type { Look } from './host-add-steps.tsx';

type Step = 'door' | 'key' | 'look';

const STEPS: readonly { key: Step; label: string }[] = [
  { key: 'door', label: '1 The way in' },
  { key: 'key', label: '2 Its key' },
  { key: 'look', label: '3 What it is' },
];

function Trail({ step }: { step: Step }) {
  const at = STEPS.findIndex((each) => each.key === step);
  return (
    <ol className="ik-wiz" aria-label="Steps">
      {STEPS.map((each, index) => (
        <li key={each.key} aria-current={each.key === step ? 'step' : undefined}>
          {index < at ? <IconCheck size={13} className="ik-ok" aria-hidden /> : null}
          {each.label}
        </li>
      ))}
    </ol>
  );
}

function Problem({ error, refusal }: { error: ErrorWords | null; refusal: string | null }) {
  if (!error || refusal === 'host-key-unknown') return null;
  return (
    <Note tone="bad">
      {error.sentence}
      {error.remote ? <pre className="ik-remote">{error.remote}</pre> : null}
    </Note>
  );
}

/** Connects a hypervisor: the way in, its key confirmed, what it is, then it is added. */
export function HostAddPage() {
  const [, navigate] = useLocation();
  const may = useMay('fleet.administer');
  const probe = useCommand('fleet.hostProbe');
  const add = useCommand('fleet.hostAdd');
  const [step, setStep] = useState<Step>('door');
  const [accepted, setAccepted] = useState<readonly string[]>([]);
  const [look, setLook] = useState<Look | null>(null);
  const form = useForm<HostDoorValues>({
    mode: 'controlled',
    initialValues: emptyDoor,
    validateInputOnBlur: true,
    validate: doorProblems,
  });
  const draft = useFormDraft(form, 'host-add', { omit: doorSecrets });
  // Stays on screen while the host is looked at again.
  const [met, setMet] = useState({ fingerprint: '', address: '' });
  const key =
    probe.refusal === 'host-key-unknown'
      ? { fingerprint: String(probe.facts['fingerprint']), address: String(probe.facts['address']) }
      : met;
  const probeWith = async (keys: readonly string[]): Promise<void> => {
    setAccepted(keys);
    const found = await probe.run(doorInput(form.getValues(), keys));
    if (!found) return;
    setLook(found);
    setStep('look');
  };
  const begin = (): void => {
    if (!form.validate().hasErrors) void probeWith(accepted);
  };
  const finish = async (): Promise<void> => {
    const values = form.getValues();
    const done = await add.run({
      ...doorInput(values, accepted),
      name: values.name.trim(),
      ...(values.clusterId === null ? {} : { clusterId: values.clusterId }),
    });
    if (!done) return;
    draft.clear();
    toast('ok', `${done.name} was added`, 'Its VMs are being collected.');
    navigate(`/hosts/${done.hostId}`);
  };
  const back = (): void => {
    probe.reset();
    add.reset();
    setStep('door');
  };
  // A key nobody has seen yet, of the host or of one on the way to it.
  const now: Step = step === 'door' && probe.refusal === 'host-key-unknown' ? 'key' : step;
  const problem = <Problem error={probe.error} refusal={probe.refusal} />;
  return (
    <>
      <PageHead title="Connect a host" meta={<Trail step={now} />} />
      <div className="ik-page">
        <div style={{ maxWidth: 720, display: 'flex', flexDirection: 'column', gap: 16 }}>
          {now === 'door' ? (
            <DoorStep
              form={form}
              busy={probe.pending}
              problem={problem}
              may={may}
              onNext={begin}
              onCancel={() => {
                navigate('/hosts');
              }}
            />
          ) : null}
          {now === 'key' ? (
            <KeyStep
              address={key.address}
              fingerprint={key.fingerprint}
              busy={probe.pending}
              problem={problem}
              onYes={() => {
                setMet(key);
                setStep('key');
                void probeWith([...accepted, key.fingerprint]);
              }}
              onBack={back}
            />
          ) : null}
          {now === 'look' && look ? (
            <LookStep
              look={look}
              form={form}
              busy={add.pending}
              problem={<Problem error={add.error} refusal={add.refusal} />}
              onAdd={() => void finish()}
              onBack={back}
            />
          ) : null}
        </div>
      </div>
    </>
  );
}
