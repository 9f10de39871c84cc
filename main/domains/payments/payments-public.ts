export { paymentDetail } from './payment-get.ts';
export { paymentsOffTheirEntries } from './payments-verify.ts';
