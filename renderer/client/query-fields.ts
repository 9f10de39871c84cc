import type { ListFieldsDeclared } from '../../shared/kernel/list-fields.ts';
import type { QueryField } from '../ui/query-completion.ts';

/** Fields of a query bar as the list declares them, with values that only the engine knows by the name of their field. */
export function queryFields(
  declared: ListFieldsDeclared,
  has: readonly string[] = [],
  values: Readonly<Record<string, QueryField['values']>> = {},
): readonly QueryField[] {
  const fields = Object.entries(declared).map(([name, { kind, hint, values: all }]): QueryField => {
    const known = values[name] ?? all;
    return { name, kind, hint, ...(known === undefined ? {} : { values: known }) };
  });
  if (has.length === 0) return fields;
  return [
    ...fields,
    { name: 'has', kind: 'word', hint: 'what it must have; -has: what it must lack', values: has },
  ];
}
