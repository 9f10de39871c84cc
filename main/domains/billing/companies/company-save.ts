import type { Kysely } from 'kysely';
import { done, refuse, type Outcome } from '../../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../../shared/contract/operation.ts';
import type { billingContract } from '../../../../shared/domains/billing/billing-contract.ts';
import {
  USUAL_ADVANCE_FORMAT,
  type CompanyFields,
} from '../../../../shared/domains/billing/company-contract.ts';
import {
  companyNumberFormats,
  formatsAlike,
  NUMBERED_WORDS,
} from '../../../../shared/domains/billing/company-number-formats.ts';
import { readVatId } from '../../../../shared/domains/customers/vat-id-rules.ts';
import { mergeEdit } from '../../../../shared/kernel/edit-merge.ts';
import type { CallContext } from '../../../platform/calls/call-context.ts';
import type { BillingParts } from '../billing-parts.ts';
import type { BillingTables } from '../billing-tables.ts';
import { ensureBooks } from './company-books.ts';
import { accountsColumn } from './company-accounts.ts';
import { paperFormatsColumn } from './company-paper-formats.ts';
import { changeFormats } from './company-numbers.ts';
import {
  companyAsked,
  companyFieldsOf,
  FIRST_COMPANY,
  ensureCalendar,
  lockCalendar,
  type CompanyRow,
} from './company-store.ts';

type Operation = typeof billingContract.companySave;

/** Sets who sells: the company that is named, or the default one, which is made where there is none. Documents carry their own copy; the billing zone is fixed once a day was charged in it. */
export async function companySave(
  parts: Pick<BillingParts, 'nowMs' | 'paperSeries'>,
  input: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<BillingTables>();
  context.subject(input.name);
  const { before, companyId, ...mine } = input;
  const was = await companyAsked(db, companyId);
  if (!was.ok) return was;
  const typed = columnsOf(mine, was.value && companyFieldsOf(was.value));
  if (!typed.ok) return typed;
  const isFirst =
    companyId === undefined &&
    was.value === undefined &&
    (await insertCompany(db, { ...typed.value, id: FIRST_COMPANY, is_default: 1 }, await parts.nowMs(db)));
  const known = await lockCalendar(db, companyId === undefined ? {} : { companyId });
  if (known === undefined) return refuse('no-such-company', { companyId: companyId ?? '' });
  if (!isFirst) {
    // In the form it is kept and shown in, so that only what was really changed differs.
    const shown = companyFieldsOf({ ...known.company, ...typed.value });
    const { merged, clashes } = mergeEdit({
      before: before === null ? {} : before,
      mine: shown,
      now: companyFieldsOf(known.company),
    });
    if (clashes.length > 0) {
      return refuse('changed-meanwhile', { name: known.company.name, fields: clashes.join(', ') });
    }
    const zone = known.company.time_zone;
    if (zone !== merged.timeZone && known.closedUntil !== null)
      return refuse('zone-fixed', { timeZone: zone });
    const columns = columnsOf(merged, companyFieldsOf(known.company));
    if (!columns.ok) return columns;
    const wanted = companyNumberFormats(merged);
    const numbered = await changeFormats(parts, db, { company: known.company, wanted });
    if (!numbered.ok) return numbered;
    const other = await companyOfVatId(db, columns.value.vat_id);
    if (other !== undefined && other.id !== known.company.id) {
      return refuse('vat-id-taken', { vatId: other.vat_id, name: other.name });
    }
    await db.updateTable('company').set(columns.value).where('id', '=', known.company.id).execute();
  }
  await context.note('company', 'company');
  return done({});
}

/** With the calendar of its own zone. False where another one was faster. */
export async function insertCompany(
  db: Kysely<BillingTables>,
  row: CompanyColumns & Pick<CompanyRow, 'id' | 'is_default'>,
  nowMs: number,
): Promise<boolean> {
  const inserted = await db
    .insertInto('company')
    .values({ ...row, created_at_ms: nowMs })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (Number(inserted.numInsertedOrUpdatedRows) === 0) return false;
  await ensureBooks(db, row.id);
  await ensureCalendar(db, { companyId: row.id, billingZone: '' });
  return true;
}

export async function companyOfVatId(
  db: Kysely<BillingTables>,
  vatId: string,
): Promise<CompanyRow | undefined> {
  return await db.selectFrom('company').selectAll().where('vat_id', '=', vatId).executeTakeFirst();
}

/** Its pictures are set apart from what is typed (company-images.ts). */
export type CompanyColumns = Omit<
  CompanyRow,
  'id' | 'created_at_ms' | 'is_default' | 'logo' | 'stamp' | 'signature'
>;

/** What is typed, checked and in the form it is kept in. Formats that are alike already in `before` may stay so. */
export function columnsOf(
  fields: CompanyFields,
  before?: CompanyFields,
): Outcome<CompanyColumns, 'iban-wrong' | 'vat-id-malformed' | 'formats-alike'> {
  const { country, advanceNumberFormat } = fields;
  const formats = companyNumberFormats(fields);
  const alike = formatsAlike(formats, before && companyNumberFormats(before));
  if (alike !== undefined) {
    const [one, other] = alike;
    const said = { first: NUMBERED_WORDS[one], second: NUMBERED_WORDS[other] };
    return refuse('formats-alike', { one: formats[one], other: formats[other], ...said });
  }
  const accounts = accountsColumn(fields.accounts);
  if (!accounts.ok) return accounts;
  const vatId = readVatId(country, fields.vatId);
  if (!vatId.ok) return refuse('vat-id-malformed', { vatId: fields.vatId, country, detail: vatId.detail });
  return done({
    name: fields.name,
    street: fields.street,
    postcode: fields.postcode,
    city: fields.city,
    country,
    vat_id: vatId.vatId,
    accounts: accounts.value,
    email: fields.email,
    footer: fields.footer,
    number_format: fields.numberFormat,
    credit_number_format: fields.creditNumberFormat,
    advance_number_format: advanceNumberFormat === USUAL_ADVANCE_FORMAT ? null : advanceNumberFormat,
    paper_number_formats: paperFormatsColumn(fields.paperNumberFormats),
    vat_scheme: fields.vatScheme,
    consumers_abroad: fields.consumersAbroad,
    payment_days: fields.paymentDays,
    time_zone: fields.timeZone,
  });
}
