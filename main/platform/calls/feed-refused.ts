import type { Facts } from '../../../shared/contract/outcome.ts';

/** A feed's handler throws this to refuse: `code` is one of the refusals its declaration lists. */
export class FeedRefused extends Error {
  override readonly name = 'FeedRefused';
  readonly code: string;
  readonly facts: Facts;
  constructor(code: string, facts: Facts = {}) {
    super(code);
    this.code = code;
    this.facts = facts;
  }
}
