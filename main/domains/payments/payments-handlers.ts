import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { paymentsContract } from '../../../shared/domains/payments/payments-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { advanceIssue } from './advance-issue.ts';
import { paymentAllocate } from './payment-allocate.ts';
import { paymentDetail } from './payment-get.ts';
import { paymentRecord } from './payment-record.ts';
import { paymentRefund } from './payment-refund.ts';
import { paymentReverse } from './payment-reverse.ts';
import { paymentList } from './payment-store.ts';
import type { PaymentsParts } from './payments-parts.ts';
import { refundReverse } from './refund-reverse.ts';

export function paymentsHandlers(parts: PaymentsParts): DomainHandlers<typeof paymentsContract, CallContext> {
  return {
    paymentRecord: async (input, context) => await paymentRecord(parts, input, context),
    paymentAllocate: async (input, context) => await paymentAllocate(parts, input, context),
    advanceIssue: async (input, context) => await advanceIssue(parts, input, context),
    paymentReverse: async (input, context) => await paymentReverse(parts, input, context),
    paymentRefund: async (input, context) => await paymentRefund(parts, input, context),
    refundReverse: async (input, context) => await refundReverse(parts, input, context),
    paymentList: async (input, context) => done(await paymentList(context.tables(), input)),
    paymentGet: async ({ paymentId }, context) => {
      const detail = await paymentDetail(context.tables(), parts.kind, paymentId);
      return detail === undefined ? refuse('no-such-payment', { paymentId }) : done(detail);
    },
  };
}
