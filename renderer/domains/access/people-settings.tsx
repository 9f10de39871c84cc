import { useState } from 'react';
import { useForm } from '@mantine/form';
import { Checkbox } from '@mantine/core';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import { ROLES } from '../../../shared/domains/access/role-rules.ts';
import type { Role } from '../../../shared/domains/access/role-rules.ts';
import type { Person } from '../../../shared/domains/access/access-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton, Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Form, FormSection, SelectField, TextField } from '../../ui/form-field.tsx';
import { Ago } from '../../ui/moment.tsx';
import { Note } from '../../ui/note.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';

const ROLE_WORDS: Record<Role, string> = {
  administrator: 'Administrator: everything',
  sysadmin: 'Sysadmin: hosts, VMs, templates',
  migration: 'Migration: VMs and tasks',
  accountant: 'Accountant: customers, plans, invoices',
  observer: 'Observer: sees everything, changes nothing',
};
const roleOptions = (Object.keys(ROLES) as Role[]).map((role) => ({ value: role, label: ROLE_WORDS[role] }));

type Draft = Pick<Person, 'login' | 'name' | 'role' | 'active'>;

function PersonDialog({ person, onClose }: { person: Draft | null; onClose: () => void }) {
  const save = useCommand('access.personSave');
  // As this person saw them: what another administrator changes meanwhile is not lost.
  const [before] = useState(person && { name: person.name, role: person.role, active: person.active });
  const form = useForm<Draft>({
    mode: 'controlled',
    initialValues: person ?? { login: '', name: '', role: 'observer', active: true },
    validateInputOnBlur: true,
    validate: {
      login: (text) =>
        /^[a-z0-9][a-z0-9._@-]{0,63}$/.test(text.trim()) ? null : 'Lower-case letters, digits and . _ @ -',
      name: (text) => (text.trim() === '' ? 'Write the name as colleagues know it.' : null),
    },
  });
  const submit = form.onSubmit(async ({ login, name, role, active }) => {
    if (await save.run({ login, name, role, active, before })) onClose();
  });
  return (
    <Dialog title={person ? `Change ${person.login}` : 'Add a person'} onClose={onClose}>
      <Form
        onSubmit={submit}
        problem={save.error ? <Note tone="bad">{save.error.sentence}</Note> : null}
        foot={
          <>
            <Button type="submit" kind="primary" busy={save.pending}>
              {person ? 'Save' : 'Add'}
            </Button>
            <Button kind="ghost" onClick={onClose}>
              Cancel
            </Button>
          </>
        }
      >
        <FormSection title="Person">
          <TextField
            label="Login"
            description="As on this machine, or in the address of the store"
            disabled={person !== null}
            {...form.getInputProps('login')}
          />
          <TextField label="Name" description="Shown beside what was done" {...form.getInputProps('name')} />
          <div className="ik-wide">
            <SelectField label="Role" data={roleOptions} {...form.getInputProps('role')} />
          </div>
          <Checkbox label="May work here" {...form.getInputProps('active', { type: 'checkbox' })} />
        </FormSection>
      </Form>
    </Dialog>
  );
}

/** Who works with this store, and what each may do. */
export function PeopleSettings() {
  const people = useQuery('access.personList', {});
  const may = useMay('access.administer');
  const [edited, setEdited] = useState<Draft | null | undefined>();
  if (!people.data)
    return people.error ? <ErrorPanel error={people.error} onRetry={people.refetch} /> : <Skeleton />;
  return (
    <Panel
      title="People"
      meta="everybody sees everything; roles decide what may be changed"
      actions={
        <ActionButton
          size="sm"
          icon={IconPlus}
          reason={may}
          onClick={() => {
            setEdited(null);
          }}
        >
          Add a person
        </ActionButton>
      }
    >
      <table className="ik-tb">
        <colgroup>
          <col style={{ width: 180 }} />
          <col style={{ width: 200 }} />
          <col />
          <col style={{ width: 120 }} />
          <col style={{ width: 120 }} />
          <col style={{ width: 96 }} />
        </colgroup>
        <thead>
          <tr>
            <th>Login</th>
            <th>Name</th>
            <th>Role</th>
            <th>May work</th>
            <th>Last seen</th>
            <th>
              <span className="ik-sr">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {people.data.rows.map((person) => (
            <tr key={person.id}>
              <td className="ik-med">{person.login}</td>
              <td>{person.name}</td>
              <td>{ROLE_WORDS[person.role]}</td>
              <td>{person.active ? 'yes' : <span className="ik-warn">no</span>}</td>
              <td className="ik-t2">
                {person.lastSeenAt ? <Ago atMs={Date.parse(person.lastSeenAt)} /> : '–'}
              </td>
              <td className="ik-num">
                <ActionButton
                  size="sm"
                  kind="ghost"
                  reason={may}
                  onClick={() => {
                    setEdited(person);
                  }}
                >
                  Change
                </ActionButton>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {edited === undefined ? null : (
        <PersonDialog
          person={edited}
          onClose={() => {
            setEdited(undefined);
          }}
        />
      )}
    </Panel>
  );
}
