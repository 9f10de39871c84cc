export { paymentsOffTheirEntries } from './payments-verify.ts';
