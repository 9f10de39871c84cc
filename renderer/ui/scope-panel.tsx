import type { ErrorWords } from './error-panel.tsx';
import { formatCount } from './format.ts';
import { Note } from './note.tsx';
import { Panel } from './panel.tsx';
import { QueryBar } from './query-bar.tsx';
import type { QueryField } from './query-completion.ts';

/** What something is about, as a query, with how many it finds. */
export function ScopePanel(props: {
  title: string;
  query: string;
  onChange: (query: string) => void;
  fields: readonly QueryField[];
  placeholder: string;
  /** Undefined while it is being counted. */
  total: number | undefined;
  error: ErrorWords | null;
}) {
  const { title, query, total, error } = props;
  const found =
    total === undefined ? undefined : `${formatCount(total)} ${query === '' ? 'in all' : 'fit the query'}`;
  return (
    <Panel title={title} meta={found} pad>
      <QueryBar
        value={query}
        onChange={props.onChange}
        fields={props.fields}
        placeholder={props.placeholder}
      />
      {error ? <Note tone="bad">{error.sentence}</Note> : null}
    </Panel>
  );
}
