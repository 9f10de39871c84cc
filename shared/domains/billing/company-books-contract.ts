import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { nothing } from '../../contract/page.ts';
import { localDateSchema } from '../../kernel/local-date.ts';
import { companyAsked, noCompany } from './company-contract.ts';

/** `automatic`: a year of documents begins with its first one. `by-hand`: when somebody opens it. */
export const YEAR_RULES = ['automatic', 'by-hand'] as const;
export type YearRule = (typeof YEAR_RULES)[number];

const noneYet = { ...noCompany, 'no-company': 'Say first who sells: Settings, Companies.' } as const;

/** What is decided of the books of a company: until when they are closed, and of which years its documents get numbers. */
export const companyBooksOperations = {
  companyBooks: query({
    summary: 'Until when the books of a company are closed, and which years of documents are open',
    input: companyAsked,
    permission: 'billing.read',
    output: z.object({
      company: z.string(),
      /** Nothing is booked on this day or earlier; null: never closed. */
      closedUntil: z.string().nullable(),
      years: z.enum(YEAR_RULES),
      /** Opened by hand, latest first. */
      opened: z.array(z.object({ year: z.number().int(), by: z.string() })),
    }),
    refusals: noneYet,
  }),
  booksClose: command({
    summary:
      'Close the books of a company until the end of a day: nothing is booked or dated on it or earlier; an earlier day, or none, opens them again',
    input: companyAsked.extend({ until: localDateSchema.nullable() }),
    permission: 'billing.write',
    output: nothing,
    refusals: {
      ...noneYet,
      'date-in-future':
        'The books of {company} cannot be closed until {until}, which is in the future: today is {today}.',
      'day-open':
        'The books of {company} cannot be closed until {until} yet: {day} is not charged. Close its days first.',
      'zone-added':
        'The books of {company} stay as they were: somebody began to charge days in {timeZone} meanwhile. Close or open them again.',
      'day-held':
        'The books of {company} cannot be closed until {until} yet: {subscriptions} subscriptions still wait for what was used on {day} ({reason}).',
    },
    effect: 'store',
  }),
  yearRuleSet: command({
    summary:
      'Say whether years of documents of a company begin by themselves or when somebody opens them; those that have documents stay open',
    input: companyAsked.extend({ years: z.enum(YEAR_RULES) }),
    permission: 'billing.write',
    output: nothing,
    refusals: noneYet,
    effect: 'store',
  }),
  yearOpen: command({
    summary: 'Open a year of documents of a company, in every series; one that is open stays so',
    input: companyAsked.extend({ year: z.number().int().min(2000).max(2200) }),
    permission: 'billing.write',
    output: nothing,
    refusals: noneYet,
    effect: 'store',
  }),
};

/** Why nothing is booked on a day; a call says what to do about its own day. */
export function booksClosedFor(advice: string): string {
  return `The books of {company} are closed until {until}, so nothing is booked on {bookedOn} ({what}): ${advice}.`;
}
const openAgain = 'open the books again in Settings, Companies';

export const bookingRefusals = {
  'books-closed': booksClosedFor(`give it a later day, or ${openAgain}`),
} as const;

/** Of what is of its day for ever: an exchange goes by the rates of the day the money came, and a day is charged as itself. */
export const bookingOfItsDayRefusals = { 'books-closed': booksClosedFor(openAgain) } as const;

/** What a document cannot be dated by. */
export const datingRefusals = {
  'books-closed':
    'The books of {company} are closed until {until}, so no document of {customer} can be of {issuedOn}: date it later, or open the books again in Settings, Companies.',
  'year-not-open':
    'The year {year} is not open at {company}, so no document of {customer} can be of {issuedOn}: open the year in Settings, Companies.',
} as const;
export type DatingRefusal = keyof typeof datingRefusals;
