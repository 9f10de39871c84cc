import { sql, type Expression } from 'kysely';
import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import type { InputOf } from '../../../shared/contract/operation.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { RUN_ROW_FIELDS } from '../../../shared/domains/runs/run-row-fields.ts';
import {
  FINDING_CODES,
  NO_FINDING,
  RUN_DOCUMENT_TYPES,
  RUN_ROW_STATES,
  RUN_SEVERITIES,
} from '../../../shared/domains/runs/run-rules.ts';
import type { RunRow, runsContract } from '../../../shared/domains/runs/runs-contract.ts';
import { CURRENCIES, type Currency, type MoneyWire } from '../../../shared/kernel/money.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { keysetPage } from '../../platform/paging/keyset-page.ts';
import { listQueryFilter, type ListFields } from '../../platform/paging/list-query-filter.ts';
import { factorsOf, ownCurrencyOf } from './run-rates.ts';
import { findRun } from './run-store.ts';
import { findingsIn, type RowRecord, type RunRecord, type RunsTables } from './runs-tables.ts';

type Handlers = DomainHandlers<typeof runsContract, CallContext>;

const severityWord = sql<string>`case severity ${sql.join(
  RUN_SEVERITIES.map((word, at) => sql`when ${sql.lit(at)} then ${sql.lit(word)}`),
  sql` `,
)} end`;

const rowFields: ListFields<keyof typeof RUN_ROW_FIELDS> = {
  fields: {
    customer: { kind: 'text', column: sql.ref<string>('customer_name') },
    number: { kind: 'text', column: sql.ref<string>('customer_number') },
    type: { kind: 'word', column: sql.ref<string>('document_type'), values: RUN_DOCUMENT_TYPES },
    state: { kind: 'word', column: sql.ref<string>('state'), values: RUN_ROW_STATES },
    finding: {
      kind: 'word',
      values: [...FINDING_CODES, NO_FINDING],
      among: (values) =>
        sql`(${sql.join(
          values.map((value) =>
            value === NO_FINDING ? sql`findings = ''` : sql`findings like ${`% ${value} %`}`,
          ),
          sql` or `,
        )})`,
    },
    severity: { kind: 'word', column: severityWord, values: RUN_SEVERITIES },
    decision: {
      kind: 'word',
      column: sql<string>`case decision when '' then 'open' else decision end`,
      values: ['open', 'accepted', 'left-out'],
    },
    currency: { kind: 'word', column: sql<string>`lower(currency)`, values: currencyWords() },
    why: { kind: 'text', column: sql.ref<string>('why') },
    percent: { kind: 'number', column: sql<number>`change_permille / 10.0` },
  },
  bare: [sql.ref<string>('customer_name'), sql.ref<string>('customer_number')],
};

function currencyWords(): string[] {
  return Object.keys(CURRENCIES).map((code) => code.toLowerCase());
}

const sortKeys: Readonly<Record<InputOf<typeof runsContract.runRows>['sort'], Expression<unknown>>> = {
  severity: sql.ref('weight'),
  change: sql.ref('own_change_minor'),
  percent: sql`coalesce(change_permille, 0)`,
  now: sql.ref('own_gross_minor'),
  before: sql.ref('own_before_minor'),
  customer: sql`lower(customer_name)`,
};

export const runRows: Handlers['runRows'] = async (input, context) => {
  const { runId } = input;
  const db = context.tables<RunsTables>();
  const run = await findRun(db, runId);
  if (run === undefined) return refuse('no-such-run', { runId });
  let query = db.selectFrom('billing_run_row').selectAll().where('run_id', '=', runId);
  const filter = listQueryFilter(input.query, rowFields);
  if (filter !== undefined) query = query.where(filter);
  const page = await keysetPage({
    query,
    sortKey: sortKeys[input.sort],
    id: sql.ref<string>('billing_run_row.id'),
    page: input,
  });
  const wireOf = runRowWire(run);
  return done({ ...page, rows: page.rows.map(wireOf) });
};

/** Of the rows of a run. */
export function runRowWire(run: RunRecord): (row: RowRecord) => RunRow {
  const factorOf = factorsOf(run);
  const own = ownCurrencyOf(run);
  return (row) => wireOfRow(row, factorOf(row.currency) === null ? null : own);
}

function wireOfRow(row: RowRecord, own: Currency | null): RunRow {
  const { currency } = row;
  const wire = (minor: number): MoneyWire => ({ amountMinor: String(minor), currency });
  const orNull = (minor: number | null): MoneyWire | null => (minor === null ? null : wire(minor));
  return {
    id: row.id,
    type: row.document_type,
    credits: row.credits_id === null ? null : { invoiceId: row.credits_id, number: row.credits_number },
    customerId: row.customer_id,
    customerNumber: row.customer_number,
    customer: row.customer_name,
    currency,
    state: row.state,
    findings: findingsIn(row.findings),
    severity: RUN_SEVERITIES[row.severity] ?? 'none',
    why: row.why,
    before: orNull(row.before_minor),
    now: orNull(row.gross_minor),
    change: wire(row.change_minor),
    changeCompared: own === null ? null : { amountMinor: String(row.own_change_minor), currency: own },
    changePercent: row.change_permille === null ? null : row.change_permille / 10,
    net: orNull(row.net_minor),
    vat: orNull(row.vat_minor),
    settled: row.settled_minor === 0 ? null : wire(row.settled_minor),
    lines: row.lines,
    decision: row.decision === '' ? 'open' : row.decision,
    decisionNote: row.decision_note,
    decidedBy: row.decided_by,
    invoiceId: row.invoice_id,
    number: row.number,
  };
}
