import { useState } from 'react';
import { useQuery } from '../../client/use-query.ts';

/** The day it is in the billing zone, and which days are closed; undefined while that is being read. */
export function useDayState() {
  return useQuery('billing.dayState', {}, { topics: ['billing-day', 'subscription', 'company'] });
}

/** The day it is in the billing zone; the viewer's own until the engine has answered. */
export function useBillingToday(): string {
  const [ownToday] = useState(() => new Date().toLocaleDateString('sv'));
  return useDayState().data?.today ?? ownToday;
}
