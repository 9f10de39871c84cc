import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { instant, nothing, pageInput, pageOf } from '../../contract/page.ts';
import { billingProfileOperations } from './billing-profile-contract.ts';
import { countrySchema, languageSchema, zoneSchema } from './customer-schemas.ts';
import { currencySchema, moneySchema } from '../../kernel/money.ts';
import { vatRoundOperations } from './vat-round-contract.ts';

export const customerFields = z.object({
  kind: z.enum(['company', 'person']).default('company'),
  name: z.string().trim().min(1).max(200),
  street: z.string().trim().max(200).default(''),
  postcode: z.string().trim().max(20).default(''),
  city: z.string().trim().max(100).default(''),
  country: countrySchema,
  vatId: z.string().trim().max(20).default(''),
  email: z.union([z.literal(''), z.email()]).default(''),
  currency: currencySchema,
  language: languageSchema.default('en'),
  timeZone: zoneSchema.default('Europe/Warsaw'),
  notes: z.string().max(10_000).default(''),
});
export type CustomerFields = z.infer<typeof customerFields>;

/** What VIES said about a VAT id, kept as evidence. */
export const vatCheck = z.object({
  /** `unknown`: nobody said yes or no; it is neither taken for valid nor for invalid. */
  result: z.enum(['valid', 'invalid', 'unknown']),
  /** Why VIES gave no answer, in its words; empty else. */
  detail: z.string(),
  /** Number of the consultation; empty where none was given. */
  requestIdentifier: z.string(),
  /** Of the holder, where its member state tells. */
  name: z.string(),
  address: z.string(),
  checkedAt: instant,
  /** When it was asked later and not answered. */
  unansweredSince: instant.nullable(),
});
export type VatCheck = z.infer<typeof vatCheck>;

export const customerRow = customerFields.extend({
  id: z.string(),
  /** The own company that sells to it. */
  companyId: z.string(),
  /** Running number for people: C-20871. */
  number: z.string(),
  active: z.boolean(),
  vms: z.number().int(),
  subscriptions: z.number().int(),
  /** What the customer owes, by the ledger. */
  balance: moneySchema,
  /** Null: VIES was never asked about this VAT id. */
  vatCheck: vatCheck.nullable(),
  createdAt: instant,
});
export type CustomerRow = z.infer<typeof customerRow>;

const noCustomer = { 'no-such-customer': 'There is no customer {customerId}.' } as const;

export const customersContract = {
  ...vatRoundOperations,
  customerList: query({
    summary:
      'Customers; fields: country currency name number active kind created vat (valid invalid unknown never) checked address',
    input: pageInput(['name', 'number', 'balance', 'created']).extend({
      /** Only those this own company sells to. */
      companyId: z.string().optional(),
    }),
    permission: 'customers.read',
    output: pageOf(customerRow),
  }),
  customerGet: query({
    summary: 'One customer',
    input: z.object({ customerId: z.string() }),
    permission: 'customers.read',
    output: customerRow,
    refusals: noCustomer,
  }),
  customerCreate: command({
    summary: 'Add a customer',
    input: customerFields.extend({
      /** The own company that sells to it; the default one where none is named. */
      companyId: z.string().optional(),
    }),
    permission: 'customers.write',
    output: z.object({ customerId: z.string(), number: z.string() }),
    refusals: {
      'no-such-company': 'There is no company {companyId}.',
      'vat-id-malformed': '{vatId} is not a VAT id of {country}: {detail}.',
      'vat-id-taken': '{vatId} belongs to {name} ({number}) already.',
    },
    effect: 'store',
  }),
  customerSave: command({
    summary: "Change a customer's data; documents issued before keep the old",
    input: customerFields.extend({
      customerId: z.string(),
      /** The data as it was seen: what others changed since is kept or refused. Absent: all is replaced. */
      before: customerFields.optional(),
    }),
    permission: 'customers.write',
    output: nothing,
    refusals: {
      ...noCustomer,
      'vat-id-malformed': '{vatId} is not a VAT id of {country}: {detail}.',
      'vat-id-taken': '{vatId} belongs to {name} ({number}) already.',
      'changed-meanwhile':
        '{name} was changed by somebody else meanwhile ({fields}). Look at it again, then save.',
      'currency-fixed': 'The currency cannot change: {name} has postings in {currency}.',
      'has-balance-amounts':
        '{name} has a low balance or a credit limit in {currency}: take the amount out of how it pays first, then change the currency.',
    },
    effect: 'store',
  }),
  customerVatCheck: command({
    summary: 'Ask VIES whether the VAT id of a customer is valid; its answer is kept as evidence',
    input: z.object({ customerId: z.string() }),
    permission: 'customers.write',
    output: vatCheck,
    refusals: {
      ...noCustomer,
      'no-vat-id': '{name} has no VAT id: enter it first.',
      'not-in-eu': '{name} is in {country}: VIES knows VAT ids of EU countries only.',
    },
    effect: 'outside',
  }),
  customerArchive: command({
    summary: 'Put a customer away (or bring one back): no new subscriptions, everything issued stays',
    input: z.object({ customerId: z.string(), active: z.boolean() }),
    permission: 'customers.write',
    output: nothing,
    refusals: {
      ...noCustomer,
      'has-subscriptions': '{name} has {count} running subscriptions: end them first.',
    },
    effect: 'store',
  }),
  ...billingProfileOperations,
};
