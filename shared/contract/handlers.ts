import type {
  Command,
  DomainContract,
  Feed,
  InputOf,
  ItemOf,
  OutputOf,
  Query,
  RefusalCodeOf,
  UpstreamOf,
} from './operation.ts';
import type { Outcome } from './outcome.ts';

/** What a feed's handler yields: an item, with a cursor where the feed is resumable. */
export interface FeedItem<T> {
  readonly item: T;
  readonly cursor?: string;
}

export interface FeedStart<U> {
  /** Cursor after which to go on; only on resumable feeds. */
  readonly after?: string;
  /** What the subscriber sends while it listens. */
  readonly upstream: AsyncIterable<U>;
}

type HandlerOf<Op, Context> = Op extends Query | Command
  ? (input: InputOf<Op>, context: Context) => Promise<Outcome<OutputOf<Op>, RefusalCodeOf<Op>>>
  : Op extends Feed
    ? (
        input: InputOf<Op>,
        context: Context,
        start: FeedStart<UpstreamOf<Op>>,
      ) => AsyncIterable<FeedItem<ItemOf<Op>>>
    : never;

/** A handler for every operation of a domain: does not compile while one is missing. */
export type DomainHandlers<D extends DomainContract, Context> = {
  readonly [Name in keyof D]: HandlerOf<D[Name], Context>;
};
