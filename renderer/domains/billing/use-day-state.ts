import { useState } from 'react';
import { useQuery } from '../../client/use-query.ts';

/** The day it is in the billing zone of a company, the default one unless it is named, and which days are closed; undefined while that is being read. */
export function useDayState(companyId?: string) {
  return useQuery('billing.dayState', companyId === undefined ? {} : { companyId }, {
    topics: ['billing-day', 'subscription', 'company'],
  });
}

/** The day it is in the billing zone; the viewer's own until the engine has answered. */
export function useBillingToday(companyId?: string): string {
  const [ownToday] = useState(() => new Date().toLocaleDateString('sv'));
  return useDayState(companyId).data?.today ?? ownToday;
}

/**
 * The day it is for a customer: `today` where its days are billed, `companyToday` where its company dates papers and payments. Where none
 * is chosen yet, and until the engine has answered, that of the default company.
 */
export function useCustomerDays(customerId: string | null): { today: string; companyToday: string } {
  const own = useBillingToday();
  const found = useQuery('billing.customerDays', customerId === null ? null : { customerId }, {
    topics: ['customer', 'company'],
  });
  return found.data ?? { today: own, companyToday: own };
}
