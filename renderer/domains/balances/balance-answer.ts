import type { ResultOf } from '../../client/operation-types.ts';

export type Balance = ResultOf<'balances.balanceGet'>;
