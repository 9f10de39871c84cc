import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { nothing } from '../../contract/page.ts';
import { billingProfile } from './billing-profile.ts';

const noCustomer = { 'no-such-customer': 'There is no customer {customerId}.' } as const;

export const billingProfileOperations = {
  billingProfileGet: query({
    summary: 'How a customer is billed: company, payment, credit limit, addresses, tax country, contacts',
    input: z.object({ customerId: z.string() }),
    permission: 'customers.read',
    output: z.object({
      profile: billingProfile,
      /** Something was sold: company and billing zone stay as they are. */
      fixed: z.boolean(),
    }),
    refusals: noCustomer,
  }),
  billingProfileSave: command({
    summary: 'Set how a customer is billed; documents issued before keep the old',
    input: z.object({
      customerId: z.string(),
      profile: billingProfile,
      /** As it was seen: what others changed since is kept or refused. Absent: all is replaced. */
      before: billingProfile.optional(),
    }),
    permission: 'customers.write',
    output: nothing,
    refusals: {
      ...noCustomer,
      'no-such-company': 'There is no company {companyId}.',
      'changed-meanwhile':
        'How {name} is billed was changed by somebody else meanwhile ({fields}). Look at it again, then save.',
      'company-fixed':
        '{name} was sold something by {company}, so it stays its customer: add it as a customer of {other} too.',
      'zone-fixed': 'The billing zone of {name} cannot change: its days are charged in {timeZone} already.',
      'tax-country-of-company':
        '{name} is a company, which is taxed where its VAT id says: leave the tax country empty, or make it a private person.',
      'tax-evidence-missing':
        '{name} lives in {country} and would be taxed in {taxCountry}: enter {missing} more piece(s) of evidence for {taxCountry}, each of another kind.',
      'vat-id-taken': '{vatId} belongs to {other} ({number}) at {company} already.',
    },
    effect: 'store',
  }),
};
