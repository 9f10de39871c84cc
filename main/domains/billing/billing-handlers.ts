import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { billingContract } from '../../../shared/domains/billing/billing-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { advanceCredit } from './advances/advance-credit.ts';
import { ageing } from './ledger/ageing.ts';
import { booksByMonth } from './ledger/books-by-month.ts';
import type { BillingParts } from './billing-parts.ts';
import type { BillingTables } from './billing-tables.ts';
import { chargeByHand, chargesByHand } from './charges/charge-by-hand.ts';
import { chargesOf } from './charges/charge-store.ts';
import { booksClose } from './ledger/books-close.ts';
import { companyBooks, yearOpen, yearRuleSet } from './companies/year-open.ts';
import { companyNumbers } from './companies/company-numbers.ts';
import { companySave } from './companies/company-save.ts';
import { companyAsked, companyFieldsOf, todayIn } from './companies/company-store.ts';
import { customerStatement } from './ledger/customer-statement.ts';
import { closeDay } from './charges/day-close.ts';
import { customerDays, dayState } from './charges/day-state.ts';
import { exchangeRecord } from './ledger/exchange-record.ts';
import { exchangeRateImport, exchangeRateState } from './ledger/exchange-rates.ts';
import { invoiceBillAgain } from './invoices/invoice-bill-again.ts';
import { invoiceCreate } from './invoices/invoice-create.ts';
import { creditPreview, invoiceCredit } from './invoices/invoice-credit.ts';
import { draftInvoice } from './invoices/invoice-draft.ts';
import { invoiceDetail, previewOf } from './invoices/invoice-get.ts';
import { invoiceJson } from './invoices/invoice-json.ts';
import { readDocument, LAYOUT_EDITION } from './invoices/invoice-document.ts';
import { invoiceUbl } from './invoices/invoice-ubl.ts';
import { invoicePdf } from './invoices/invoice-pdf.ts';
import { documentById, fileNameOf, invoiceList } from './invoices/invoice-store.ts';
import { invoiceWriteOff } from './invoices/invoice-write-off.ts';
import { journalExport } from './ledger/journal-export.ts';
import { trialBalance } from './ledger/ledger-store.ts';
import { ledgerVerify } from './ledger/ledger-verify.ts';
import { subscriptionEnd } from './subscriptions/subscription-end.ts';
import { subscriptionChange } from './subscriptions/subscription-change.ts';
import { subscriptionEvents } from './subscriptions/subscription-events.ts';
import { subscriptionList } from './subscriptions/subscription-list.ts';
import { subscriptionPlanned } from './subscriptions/subscription-planned.ts';
import { subscriptionPreview } from './subscriptions/subscription-preview.ts';
import { subscriptionStart } from './subscriptions/subscription-start.ts';
import { withPoolMembers } from './pools/pool-explanations.ts';
import { poolMemberAdd } from './pools/pool-member-add.ts';
import { poolMemberList } from './pools/pool-member-list.ts';
import { poolMemberPreview } from './pools/pool-member-preview.ts';
import { poolMemberRemove } from './pools/pool-member-remove.ts';
import { poolUsageOf } from './pools/pool-usage.ts';
import { subscriptionTakeBack } from './subscriptions/subscription-take-back.ts';
import { subscriptionById } from './subscriptions/subscription-store.ts';
import { chargeReadings } from './usage/charge-readings.ts';
import { usageList } from './usage/usage-list.ts';

type Handlers = DomainHandlers<typeof billingContract, CallContext>;

export function billingHandlers(parts: BillingParts): Handlers {
  return {
    ...companyAndSubscriptions(parts),
    ...pools(parts),
    ...daysAndLedger(parts),
    ...invoices(parts),
    ...books(parts),
  };
}

function companyAndSubscriptions(
  parts: BillingParts,
): Pick<
  Handlers,
  | 'companyGet'
  | 'companySave'
  | 'companyNumbers'
  | 'companyBooks'
  | 'booksClose'
  | 'yearRuleSet'
  | 'yearOpen'
  | 'subscriptionList'
  | 'subscriptionStart'
  | 'subscriptionChange'
  | 'subscriptionHistory'
  | 'subscriptionPreview'
  | 'subscriptionEnd'
  | 'subscriptionTakeBack'
  | 'subscriptionPlanned'
  | 'usageList'
  | 'chargeReadings'
> {
  return {
    companyGet: async ({ companyId }, context) => {
      const asked = await companyAsked(context.tables<BillingTables>(), companyId);
      return asked.ok
        ? done({ company: asked.value === undefined ? null : companyFieldsOf(asked.value) })
        : asked;
    },
    companyNumbers: async (input, context) => await companyNumbers(parts, context.tables(), input),
    companySave: async (input, context) => await companySave(parts, input, context),
    companyBooks: async (input, context) => await companyBooks(context.tables(), input),
    booksClose: async (input, context) => await booksClose(parts, input, context),
    yearRuleSet: async (input, context) => await yearRuleSet(parts, input, context),
    yearOpen: async (input, context) => await yearOpen(parts, input, context),
    subscriptionList: async (input, context) => done(await subscriptionList(parts, context.tables(), input)),
    subscriptionStart: async (input, context) => await subscriptionStart(parts, input, context),
    subscriptionChange: async (input, context) => await subscriptionChange(parts, input, context),
    subscriptionHistory: async ({ subscriptionId }, context) => {
      const db = context.tables<BillingTables>();
      if ((await subscriptionById(db, subscriptionId)) === undefined) {
        return refuse('no-such-subscription', { subscriptionId });
      }
      return done({ rows: await subscriptionEvents(db, subscriptionId) });
    },
    subscriptionPreview: async (input, context) => await subscriptionPreview(parts, input, context.tables()),
    subscriptionEnd: async (input, context) => await subscriptionEnd(parts, input, context),
    subscriptionTakeBack: async (input, context) => await subscriptionTakeBack(parts, input, context),
    subscriptionPlanned: async ({ subscriptionId }, context) =>
      await subscriptionPlanned(parts, context.tables(), subscriptionId),
    usageList: async (input, context) => await usageList(parts, input, context),
    chargeReadings: async (input, context) => await chargeReadings(parts, input, context),
  };
}

function pools(
  parts: BillingParts,
): Pick<
  Handlers,
  'poolMemberList' | 'poolMemberAdd' | 'poolMemberPreview' | 'poolMemberRemove' | 'poolUsage'
> {
  return {
    poolMemberList: async (input, context) => await poolMemberList(parts, input, context),
    poolMemberAdd: async (input, context) => await poolMemberAdd(parts, input, context),
    poolMemberPreview: async (input, context) => await poolMemberPreview(parts, input, context),
    poolMemberRemove: async (input, context) => await poolMemberRemove(parts, input, context),
    poolUsage: async (input, context) => await poolUsageOf(input, context),
  };
}

function daysAndLedger(
  parts: BillingParts,
): Pick<Handlers, 'chargeList' | 'dayClose' | 'dayState' | 'customerDays' | 'trialBalance' | 'ledgerVerify'> {
  return {
    chargeList: async (input, context) => {
      const db = context.tables<BillingTables>();
      const { subscriptionId, start, endExclusive, chargeIds: ids } = input;
      if ((await subscriptionById(db, subscriptionId)) === undefined) {
        return refuse('no-such-subscription', { subscriptionId });
      }
      const asked = { ...(start && { start }), ...(endExclusive && { endExclusive }), ...(ids && { ids }) };
      const rows = await chargesOf(db, subscriptionId, asked);
      return done({ rows: await withPoolMembers(db, subscriptionId, rows) });
    },
    dayClose: async ({ day, companyId, billingZone }, context) => {
      context.subject(day);
      const key = { billingZone, ...(companyId !== undefined && { companyId }) };
      const outcome = await closeDay(parts, context.tables<BillingTables>(), day, key);
      if (outcome.ok) await context.note('billing-day', day);
      return outcome;
    },
    dayState: async ({ companyId }, context) => await dayState(parts, context.tables(), companyId),
    customerDays: async ({ customerId }, context) => await customerDays(parts, context.tables(), customerId),
    trialBalance: async ({ companyId, asOf }, context) => {
      const db = context.tables<BillingTables>();
      const asked = await companyAsked(db, companyId);
      if (!asked.ok) return asked;
      return done(await trialBalance(db, { companyId: asked.value?.id ?? '', asOf }));
    },
    ledgerVerify: async (_input, context) => done(await ledgerVerify(context.tables<BillingTables>(), parts)),
  };
}

function invoices(
  parts: BillingParts,
): Pick<
  Handlers,
  | 'invoicePreview'
  | 'invoiceCreate'
  | 'invoiceList'
  | 'invoiceGet'
  | 'invoicePdf'
  | 'invoiceJson'
  | 'invoiceUbl'
  | 'creditPreview'
  | 'invoiceCredit'
  | 'invoiceWriteOff'
  | 'advanceCredit'
  | 'invoiceBillAgain'
  | 'chargeByHand'
  | 'chargeByHandList'
> {
  return {
    invoicePreview: async (input, context) => {
      const { customerId, periodStart: start, periodEndExclusive: endExclusive, productIds } = input;
      const db = context.tables<BillingTables>();
      const period = { start, endExclusive };
      const draft = await draftInvoice(parts, db, { customerId, period, productIds });
      if (!draft.ok) return draft;
      const { body, customer, advances } = draft.value;
      const preview = previewOf(body, parts.layoutFolder, customer.language, LAYOUT_EDITION);
      return done({ ...preview, warnings: [...preview.warnings, ...advances.leftAlone] });
    },
    invoiceCreate: async (input, context) => await invoiceCreate(parts, input, context),
    invoiceList: async (input, context) => {
      const db = context.tables<BillingTables>();
      return done(await invoiceList(db, input, await todayIn(db, await parts.nowMs(db))));
    },
    invoiceGet: async ({ invoiceId }, context) => {
      const db = context.tables<BillingTables>();
      const today = await todayIn(db, await parts.nowMs(db));
      const detail = await invoiceDetail(parts, db, { invoiceId, today });
      return detail === undefined ? refuse('no-such-invoice', { invoiceId }) : done(detail);
    },
    invoiceJson: async (input, context) => await invoiceJson(context.tables(), input.invoiceId),
    invoiceUbl: async ({ invoiceId }, context) => {
      const invoice = await documentById(context.tables(), invoiceId);
      if (invoice === undefined) return refuse('no-such-invoice', { invoiceId });
      const xml = invoiceUbl(readDocument(invoice.document), parts.layoutFolder);
      return done({ fileName: `${fileNameOf(invoice.number)}.xml`, xml });
    },
    invoicePdf: async (input, context) => await invoicePdf(parts, input, context),
    creditPreview: async (input, context) => await creditPreview(parts, input, context.tables()),
    invoiceCredit: async (input, context) => await invoiceCredit(parts, input, context),
    advanceCredit: async (input, context) => await advanceCredit(parts, input, context),
    invoiceWriteOff: async (input, context) => await invoiceWriteOff(parts, input, context),
    invoiceBillAgain: async (input, context) => await invoiceBillAgain(parts, input, context),
    chargeByHand: async (input, context) => await chargeByHand(parts, input, context),
    chargeByHandList: async (input, context) => done(await chargesByHand(context.tables(), input)),
  };
}

function books(
  parts: BillingParts,
): Pick<
  Handlers,
  | 'journalExport'
  | 'booksByMonth'
  | 'ageing'
  | 'customerStatement'
  | 'exchangeRateImport'
  | 'exchangeRateState'
  | 'exchangeRecord'
> {
  return {
    exchangeRecord: async (input, context) => await exchangeRecord(parts, input, context),
    exchangeRateImport: async (input, context) => await exchangeRateImport(parts, input, context),
    exchangeRateState: async (_input, context) => done(await exchangeRateState(context.tables())),
    journalExport: async (input, context) => await journalExport(context.tables(), input),
    booksByMonth: async ({ companyId, months }, context) => {
      const db = context.tables<BillingTables>();
      const asked = await companyAsked(db, companyId);
      if (!asked.ok) return asked;
      const today = await todayIn(db, await parts.nowMs(db), asked.value?.id);
      return done(await booksByMonth(db, { company: asked.value, months, today }));
    },
    ageing: async ({ companyId, asOf, limit }, context) => {
      const db = context.tables<BillingTables>();
      const asked = await companyAsked(db, companyId);
      if (!asked.ok) return asked;
      const until = asOf ?? (await todayIn(db, await parts.nowMs(db), asked.value?.id));
      return done(await ageing(db, { companyId: asked.value?.id ?? '', asOf: until, limit }));
    },
    customerStatement: async (input, context) => await customerStatement(context.tables(), input),
  };
}
