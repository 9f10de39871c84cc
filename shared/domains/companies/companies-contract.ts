import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { nothing } from '../../contract/page.ts';
import { companyFields, companyFaults, noCompany } from '../billing/company-contract.ts';
import { COMPANY_IMAGES, IMAGE_FAULTS } from './company-image-rules.ts';

const companyRow = z.object({
  id: z.string(),
  name: z.string(),
  country: z.string(),
  vatId: z.string(),
  timeZone: z.string(),
  /** Where no company is named, this one is meant; new customers are its. */
  isDefault: z.boolean(),
  customers: z.number().int(),
});
export type CompanyRow = z.infer<typeof companyRow>;

/** Which picture of which company. */
const companyImageAsked = z.object({ companyId: z.string(), kind: z.enum(COMPANY_IMAGES) });

const companyImage = z.object({
  kind: z.enum(COMPANY_IMAGES),
  /** As it is printed: 8 bits of red, green and blue, what was see-through on white. */
  base64: z.string(),
  /** Of those bytes, hexadecimal; documents name their pictures by it. */
  sha256: z.string(),
  width: z.number().int(),
  height: z.number().int(),
});
export type CompanyImage = z.infer<typeof companyImage>;

/** Our own companies: each with customers, series of numbers, days, VAT and books of its own. */
export const companiesContract = {
  companyList: query({
    summary: 'Our own companies, the default one first',
    input: nothing,
    permission: 'billing.read',
    output: z.object({ rows: z.array(companyRow) }),
  }),
  companyAdd: command({
    summary: 'Add another company that sells: its numbers, days and books begin anew',
    input: companyFields,
    permission: 'billing.write',
    output: z.object({ companyId: z.string() }),
    refusals: companyFaults,
    effect: 'store',
  }),
  companyMakeDefault: command({
    summary: 'Make a company the one that is meant where none is named; customers stay where they are',
    input: z.object({ companyId: z.string() }),
    permission: 'billing.write',
    output: nothing,
    refusals: noCompany,
    effect: 'store',
  }),
  companyImageList: query({
    summary: 'Logo, stamp and signature that documents of a company are issued with from now on',
    input: z.object({ companyId: z.string() }),
    permission: 'billing.read',
    output: z.object({ images: z.array(companyImage) }),
    refusals: noCompany,
  }),
  companyImageSet: command({
    summary:
      'Set the logo, stamp or signature (a PNG of 1 MiB at most, in base64) of documents from now on; those issued keep theirs',
    // Above what is taken, so that a file somewhat too large is refused by a sentence; far below what a message may have.
    input: companyImageAsked.extend({ base64: z.base64().max(2_500_000) }),
    permission: 'billing.write',
    output: z.object({ sha256: z.string() }),
    refusals: {
      ...noCompany,
      ...IMAGE_FAULTS,
      'image-damaged':
        'The PNG chosen as {image} cannot be read: {detail} Open and save it anew, then choose it again.',
      'image-too-detailed':
        'The {image} would take {kib} KiB in every document, 2,048 at most: save it with fewer pixels, then choose it again.',
    },
    effect: 'store',
    // Its hash is in the answer; a megabyte of pixels is no matter of the audit log.
    secrets: ['base64'],
  }),
  companyImageRemove: command({
    summary: 'Issue documents without the logo, stamp or signature from now on; those issued keep theirs',
    input: companyImageAsked,
    permission: 'billing.write',
    output: nothing,
    refusals: noCompany,
    effect: 'store',
  }),
};
