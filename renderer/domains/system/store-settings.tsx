import { useState } from 'react';
import { useForm } from '@mantine/form';
import IconDownload from '@tabler/icons-react/dist/esm/icons/IconDownload.mjs';
import { formatBytes } from '../../../shared/kernel/bytes.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import type { ResultOf } from '../../client/operation-types.ts';
import { ActionButton } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Form, FormSection, TextField } from '../../ui/form-field.tsx';
import { KeyValues } from '../../ui/key-values.tsx';
import { Note } from '../../ui/note.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.ts';

type About = ResultOf<'system.about'>;

const fileToday = (): string => `innkeeper-${new Date().toISOString().slice(0, 10)}.sqlite`;

function BackupForm() {
  const [file] = useState(fileToday);
  const backup = useCommand('system.storeBackup');
  const may = useMay('system.administer');
  const form = useForm({
    mode: 'controlled',
    initialValues: { file },
    validateInputOnBlur: true,
    validate: { file: (text) => (text.trim() === '' ? 'Give a file name or a full path.' : null) },
  });
  const submit = form.onSubmit(async (input) => {
    const made = await backup.run(input);
    if (made) toast('ok', 'Backed up', `${made.file}, ${formatBytes(made.bytes)}`);
  });
  return (
    <Form
      onSubmit={submit}
      problem={backup.error ? <Note tone="bad">{backup.error.sentence}</Note> : null}
      foot={
        <ActionButton type="submit" icon={IconDownload} busy={backup.pending} reason={may}>
          Back up now
        </ActionButton>
      }
    >
      <FormSection
        title="Into a file"
        hint="Copies the store into one file while it is in use. The file is written on the machine where the engine runs."
      >
        <div className="ik-wide">
          <TextField label="File" {...form.getInputProps('file')} />
        </div>
      </FormSection>
    </Form>
  );
}

function BackupPanel({ store }: { store: About['store'] }) {
  if (store.kind === 'sqlite') {
    return (
      <Panel title="Backup" pad>
        <BackupForm />
      </Panel>
    );
  }
  return (
    <Panel title="Backup" pad>
      <Note tone="acc">
        This store is PostgreSQL: back it up on its server, for instance every night. Secrets in it are sealed
        and of no use without the key.
      </Note>
      <div className="ik-row" style={{ marginTop: 8 }}>
        <code className="ik-q">pg_dump --format=custom --file=innkeeper.dump innkeeper</code>
        <CopyButton text="pg_dump --format=custom --file=innkeeper.dump innkeeper" />
      </div>
    </Panel>
  );
}

/** Where the data lies, how secrets are sealed, and how to copy it. */
export function StoreSettings() {
  const about = useQuery('system.about', {}, { topics: ['environment', 'host'] });
  if (!about.data)
    return about.error ? <ErrorPanel error={about.error} onRetry={about.refetch} /> : <Skeleton />;
  const { store, secrets } = about.data;
  return (
    <>
      <Panel title="Store" pad>
        <KeyValues
          facts={[
            {
              label: 'Kind',
              value:
                store.kind === 'postgres'
                  ? 'PostgreSQL, shared by the team'
                  : 'SQLite, in one file on this machine',
            },
            { label: 'Address', value: <span className="ik-mono">{store.address}</span> },
            { label: 'Schema', value: <span className="ik-mono">{store.schema}</span> },
          ]}
        />
      </Panel>
      <Panel title="Secrets" pad>
        <Note tone={secrets.available ? 'ok' : 'warn'}>
          {secrets.available ? `Sealed: ${secrets.detail}` : `They cannot be sealed here: ${secrets.detail}`}
        </Note>
      </Panel>
      <BackupPanel store={store} />
    </>
  );
}
