import type { PaperKind } from '../../../shared/domains/documents/paper-kinds.ts';

/** What a kind of document is called, and what it is for in a sentence. */
export const KIND_WORDS: Readonly<Record<PaperKind, { readonly word: string; readonly what: string }>> = {
  'pro-forma': {
    word: 'Pro forma',
    what: 'Asks for payment of what was charged in a period; becomes its invoice.',
  },
  receipt: { word: 'Receipt', what: 'Confirms a payment; made on the page of the payment.' },
  'service-act': {
    word: 'Act of services',
    what: 'What was supplied in a period, from its invoices and credit notes, to be signed by both.',
  },
  contract: {
    word: 'Contract',
    what: 'For what the customer has subscribed to, at the prices it was sold for.',
  },
  statement: {
    word: 'Statement',
    what: 'Every entry of the account in a period, with the balance after it.',
  },
  reconciliation: {
    word: 'Reconciliation',
    what: 'What is open between you at the end of a day, for the customer to confirm.',
  },
};
