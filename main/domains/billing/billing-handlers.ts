import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { billingContract } from '../../../shared/domains/billing/billing-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { ageing } from './ageing.ts';
import { booksByMonth } from './books-by-month.ts';
import type { BillingParts } from './billing-parts.ts';
import type { BillingTables } from './billing-tables.ts';
import { chargeByHand, chargesByHand } from './charge-by-hand.ts';
import { chargesOf } from './charge-store.ts';
import { companySave } from './company-save.ts';
import { companyAsked, companyFieldsOf, todayIn } from './company-store.ts';
import { customerStatement } from './customer-statement.ts';
import { closeDay } from './day-close.ts';
import { dayState } from './day-state.ts';
import { exchangeRecord } from './exchange-record.ts';
import { exchangeRateImport, exchangeRateState } from './exchange-rates.ts';
import { invoiceBillAgain } from './invoice-bill-again.ts';
import { invoiceCreate } from './invoice-create.ts';
import { creditPreview, invoiceCredit } from './invoice-credit.ts';
import { draftInvoice } from './invoice-draft.ts';
import { invoiceDetail, previewOf } from './invoice-get.ts';
import { invoiceJson } from './invoice-json.ts';
import { readDocument } from './invoice-document.ts';
import { invoiceUbl } from './invoice-ubl.ts';
import { invoicePdf } from './invoice-pdf.ts';
import { documentById, fileNameOf, invoiceList } from './invoice-store.ts';
import { invoiceWriteOff } from './invoice-write-off.ts';
import { journalExport } from './journal-export.ts';
import { trialBalance } from './ledger-store.ts';
import { ledgerVerify } from './ledger-verify.ts';
import { subscriptionEnd } from './subscription-end.ts';
import { subscriptionChange } from './subscription-change.ts';
import { subscriptionEvents } from './subscription-events.ts';
import { subscriptionList } from './subscription-list.ts';
import { subscriptionPreview } from './subscription-preview.ts';
import { subscriptionStart } from './subscription-start.ts';
import { subscriptionById } from './subscription-store.ts';
import { usageList } from './usage-list.ts';

type Handlers = DomainHandlers<typeof billingContract, CallContext>;

export function billingHandlers(parts: BillingParts): Handlers {
  return {
    ...companyAndSubscriptions(parts),
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
  | 'subscriptionList'
  | 'subscriptionStart'
  | 'subscriptionChange'
  | 'subscriptionHistory'
  | 'subscriptionPreview'
  | 'subscriptionEnd'
  | 'usageList'
> {
  return {
    companyGet: async ({ companyId }, context) => {
      const asked = await companyAsked(context.tables<BillingTables>(), companyId);
      return asked.ok
        ? done({ company: asked.value === undefined ? null : companyFieldsOf(asked.value) })
        : asked;
    },
    companySave: async (input, context) => await companySave(parts, input, context),
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
    usageList: async (input, context) => await usageList(parts, input, context),
  };
}

function daysAndLedger(
  parts: BillingParts,
): Pick<Handlers, 'chargeList' | 'dayClose' | 'dayState' | 'trialBalance' | 'ledgerVerify'> {
  return {
    chargeList: async (input, context) => {
      const db = context.tables<BillingTables>();
      const { subscriptionId, start, endExclusive } = input;
      if ((await subscriptionById(db, subscriptionId)) === undefined) {
        return refuse('no-such-subscription', { subscriptionId });
      }
      const period = { ...(start && { start }), ...(endExclusive && { endExclusive }) };
      return done({ rows: await chargesOf(db, subscriptionId, period) });
    },
    dayClose: async ({ day, companyId, billingZone }, context) => {
      context.subject(day);
      const key = { billingZone, ...(companyId !== undefined && { companyId }) };
      const outcome = await closeDay(parts, context.tables<BillingTables>(), day, key);
      if (outcome.ok) await context.note('billing-day', day);
      return outcome;
    },
    dayState: async ({ companyId }, context) => await dayState(parts, context.tables(), companyId),
    trialBalance: async ({ companyId, asOf }, context) => {
      const db = context.tables<BillingTables>();
      const asked = await companyAsked(db, companyId);
      if (!asked.ok) return asked;
      return done(await trialBalance(db, { companyId: asked.value?.id ?? '', asOf }));
    },
    ledgerVerify: async (_input, context) =>
      done(await ledgerVerify(context.tables<BillingTables>(), parts.alsoVerified)),
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
  | 'invoiceBillAgain'
  | 'chargeByHand'
  | 'chargeByHandList'
> {
  return {
    invoicePreview: async (input, context) => {
      const { customerId, periodStart: start, periodEndExclusive: endExclusive } = input;
      const db = context.tables<BillingTables>();
      const draft = await draftInvoice(parts, db, { customerId, period: { start, endExclusive } });
      if (!draft.ok) return draft;
      const { body, customer } = draft.value;
      return done(previewOf(body, parts.layoutFolder, customer.language));
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
