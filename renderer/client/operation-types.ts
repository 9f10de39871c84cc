import type { OperationAt, OperationName } from '../../shared/contract/contract.ts';
import type { CallInputOf, ItemOf, OutputOf, UpstreamOf } from '../../shared/contract/operation.ts';

type NamesOf<Kind extends string> = {
  [Name in OperationName]: OperationAt<Name> extends { kind: Kind } ? Name : never;
}[OperationName];

export type QueryName = NamesOf<'query'>;
export type CommandName = NamesOf<'command'>;
export type FeedName = NamesOf<'feed'>;

export type InputOf<Name extends OperationName> = CallInputOf<OperationAt<Name>>;
export type ResultOf<Name extends OperationName> = OutputOf<OperationAt<Name>>;
export type FeedItemOf<Name extends FeedName> = ItemOf<OperationAt<Name>>;
export type FeedUpOf<Name extends FeedName> = UpstreamOf<OperationAt<Name>>;

interface AnyPage {
  rows: readonly unknown[];
  total: number;
  nextCursor: string | null;
}

/** Queries that answer a keyset page. */
export type ListName = {
  [Name in QueryName]: ResultOf<Name> extends AnyPage ? Name : never;
}[QueryName];
export type RowOf<Name extends ListName> =
  ResultOf<Name> extends { rows: readonly (infer Row)[] } ? Row : never;
