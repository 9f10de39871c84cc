import { sql, type Expression } from 'kysely';
import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import { templateRow, type templatesContract } from '../../../shared/domains/templates/templates-contract.ts';
import { invariant } from '../../../shared/kernel/invariant.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { keysetPage } from '../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../platform/paging/list-query-filter.ts';
import { findTemplate, templateRows } from './template-store.ts';
import type { TemplatesParts } from './templates-parts.ts';
import type { TemplatesTables } from './templates-tables.ts';

type Handlers = DomainHandlers<typeof templatesContract, CallContext>;

const column = {
  name: sql<string>`lower(template.name)`,
  os: sql<string>`lower(template.os)`,
  created: sql.ref<number>('template.created_at_ms'),
} satisfies Record<string, Expression<unknown>>;

const FIELDS: ListFields = {
  fields: {
    name: { kind: 'text', column: sql.ref<string>('template.name') },
    os: { kind: 'text', column: sql.ref<string>('template.os') },
    state: {
      kind: 'word',
      column: sql.ref<string>('template.state'),
      values: templateRow.shape.state.options,
    },
    format: { kind: 'word', column: sql.ref<string>('template.format') },
    size: { kind: 'number', column: sql.ref<number>('template.virtual_size_bytes'), unit: 'bytes' },
    created: { kind: 'instant', column: column.created },
  },
  bare: [sql.ref<string>('template.name'), sql.ref<string>('template.os')],
};

export function templateList(parts: TemplatesParts): Handlers['templateList'] {
  return async (input, context) => {
    const tables = context.tables<TemplatesTables>();
    let query = tables.selectFrom('template').selectAll('template');
    const filter = listQueryFilter(input.query, FIELDS);
    if (filter) query = query.where(filter);
    const id = sql.ref<string>('template.id');
    const page = await keysetPage({ query, sortKey: column[input.sort], id, page: input });
    return done({ ...page, rows: await templateRows(tables, parts.hosts, page.rows) });
  };
}

export function templateGet(parts: TemplatesParts): Handlers['templateGet'] {
  return async ({ templateId }, context) => {
    const tables = context.tables<TemplatesTables>();
    const template = await findTemplate(tables, templateId);
    if (template === undefined) return refuse('no-such-template', { templateId });
    const [row] = await templateRows(tables, parts.hosts, [template]);
    invariant(row, 'a row for every template');
    return done(row);
  };
}
