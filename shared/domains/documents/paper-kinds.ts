/** Papers that post nothing. Each kind has a series of numbers of its own per company and year. */
export const PAPER_KINDS = [
  'pro-forma',
  'receipt',
  'service-act',
  'contract',
  'statement',
  'reconciliation',
] as const;
export type PaperKind = (typeof PAPER_KINDS)[number];

/** Formats of their numbers until a company says others, apart from each other by their letters. */
export const PAPER_NUMBERS: Readonly<Record<PaperKind, string>> = {
  'pro-forma': 'PRO {year}/{month}/{seq:4}',
  receipt: 'RCT {year}/{month}/{seq:4}',
  'service-act': 'ACT {year}/{month}/{seq:4}',
  contract: 'CTR {year}/{month}/{seq:4}',
  statement: 'STM {year}/{month}/{seq:4}',
  reconciliation: 'REC {year}/{month}/{seq:4}',
};
