import { useState } from 'react';
import type { QueriedList, SavedQuery } from '../../../shared/domains/queries/queries-contract.ts';
import { useCommand } from '../../client/use-command.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/form-field.tsx';
import { Note } from '../../ui/note.tsx';
import { Segments } from '../../ui/chips.tsx';
import { toast } from '../../ui/toast.ts';

/** Gives a query a name, for oneself or for everybody. */
export function SavedQueryDialog(props: {
  list: QueriedList;
  /** The one that is changed; null: what the list shows is saved. */
  saved: SavedQuery | null;
  query: string;
  sort: string;
  onClose: () => void;
}) {
  const { list, saved } = props;
  const save = useCommand('queries.savedQuerySave');
  const [name, setName] = useState(saved?.name ?? '');
  const [query, setQuery] = useState(saved?.query ?? props.query);
  const [shared, setShared] = useState(saved?.shared ?? false);
  const sort = saved?.sort ?? props.sort;
  const submit = async (): Promise<void> => {
    const before = saved && { name: saved.name, query: saved.query, sort: saved.sort, shared: saved.shared };
    const done = await save.run({
      list,
      name,
      query,
      sort,
      shared,
      ...(saved && before ? { id: saved.id, before } : {}),
    });
    if (!done) return;
    toast(
      'ok',
      `${name.trim()} is saved`,
      shared ? 'Everybody sees it above this list.' : 'It stands above this list.',
    );
    props.onClose();
  };
  return (
    <Dialog title={saved ? `Change ${saved.name}` : 'Save query'} width={460} onClose={props.onClose}>
      <form
        className="ik-form"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <TextField
          label="Name"
          value={name}
          data-autofocus
          maxLength={60}
          error={save.fields['name']}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
        <TextField
          label="Query"
          value={query}
          error={save.fields['query']}
          onChange={(event) => {
            setQuery(event.currentTarget.value);
          }}
        />
        <div className="ik-row" style={{ gap: 12 }}>
          <span className="ik-t2 ik-sm">Who sees it</span>
          <Segments
            label="Who sees it"
            value={shared ? 'all' : 'me'}
            options={[
              { value: 'me', label: 'Only me' },
              { value: 'all', label: 'Everybody' },
            ]}
            onChange={(value) => {
              setShared(value === 'all');
            }}
          />
        </div>
        {save.error ? <Note tone="bad">{save.error.sentence}</Note> : null}
        <div className="ik-row" style={{ justifyContent: 'flex-end', gap: 8 }}>
          <Button kind="ghost" onClick={props.onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            kind="primary"
            busy={save.pending}
            reason={name.trim() === '' ? 'Give it a name first' : null}
          >
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
