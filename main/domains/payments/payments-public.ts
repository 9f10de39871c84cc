export { freeExcess } from './excess-free.ts';
export { issueAdvanceFor } from './advance-issue.ts';
export { paymentDetailLocked } from './payment-get.ts';
export { paymentsOffTheirEntries } from './payments-verify.ts';
