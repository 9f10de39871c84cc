import { PAPER_KINDS, type PaperKind } from '../documents/paper-kinds.ts';
import type { CompanyFields } from './company-contract.ts';
import { areFormatsApart } from './invoice-number-rules.ts';

/** Documents with a series of numbers per company and year, each in a format of its own. */
export const NUMBERED_TYPES = ['invoice', 'credit-note', 'advance-invoice', ...PAPER_KINDS] as const;
export type NumberedType = (typeof NUMBERED_TYPES)[number];

/** What many of them are called. */
export const NUMBERED_WORDS: Readonly<Record<NumberedType, string>> = {
  invoice: 'invoices',
  'credit-note': 'credit notes',
  'advance-invoice': 'advance invoices',
  'pro-forma': 'pro formas',
  receipt: 'receipts',
  'service-act': 'acts of services',
  contract: 'contracts',
  statement: 'statements',
  reconciliation: 'reconciliations',
};

export type NumberFormats = Readonly<Record<NumberedType, string>>;

export function companyNumberFormats(
  fields: Pick<
    CompanyFields,
    'numberFormat' | 'creditNumberFormat' | 'advanceNumberFormat' | 'paperNumberFormats'
  >,
): NumberFormats {
  const papers: Readonly<Record<PaperKind, string>> = fields.paperNumberFormats;
  return {
    invoice: fields.numberFormat,
    'credit-note': fields.creditNumberFormat,
    'advance-invoice': fields.advanceNumberFormat,
    ...papers,
  };
}

/**
 * Another type that could give the same number as this one; undefined where none could. Of `before`, formats that are alike already may stay
 * so: whoever changes an address is not kept from it by formats that may not change this year.
 */
export function typeAlike(
  type: NumberedType,
  formats: NumberFormats,
  before?: NumberFormats,
): NumberedType | undefined {
  if (formats[type] === before?.[type]) return undefined;
  return NUMBERED_TYPES.find((other) => other !== type && !areFormatsApart(formats[type], formats[other]));
}

/** The first two types that could give one number, see {@link typeAlike}. */
export function formatsAlike(
  formats: NumberFormats,
  before?: NumberFormats,
): readonly [NumberedType, NumberedType] | undefined {
  for (const type of NUMBERED_TYPES) {
    const other = typeAlike(type, formats, before);
    if (other === undefined) continue;
    const isFirst = NUMBERED_TYPES.indexOf(type) < NUMBERED_TYPES.indexOf(other);
    return isFirst ? [type, other] : [other, type];
  }
  return undefined;
}
