import { moneyFromMajor, moneyToDecimalText, money, type Currency } from '../../../../shared/kernel/money.ts';
import { addDays, type LocalDate } from '../../../../shared/kernel/local-date.ts';
import { withMetered } from '../../../../shared/domains/billing/discount-fit-rules.ts';
import type { ChargedLine, RatedLine, UsageEvent } from '../../../../shared/domains/billing/rating-lines.ts';
import { periodEndOf, rate } from '../../../../shared/domains/billing/rating-rules.ts';
import type { HistoryEvent, SubscriptionChange } from '../../../../shared/domains/billing/segment-rules.ts';
import { StoryBook } from './story-book.ts';
import type { Deed, Expectation, LineName, Story } from './story-file.ts';
import { dayOfMoment } from './story-words.ts';

/** How a story, or one vector of a file, went. */
export interface ReplayVerdict {
  readonly name: string;
  /** Null when it passed. */
  readonly fault: { readonly expected: string; readonly got: string } | null;
}

/** A step that cannot be: a subscription nobody has, more credited than there is. */
class StoryFault extends Error {
  override readonly name = 'StoryFault';
}

interface ToldSubscription {
  readonly id: string;
  readonly history: HistoryEvent[];
  readonly usage: UsageEvent[];
  readonly charged: ChargedLine[];
  ratedUntil: LocalDate | undefined;
}

/** Tells a story to the rating core, step by step, until an expectation does not hold or a step cannot be. */
export function replayStory(story: Story, name: string): ReplayVerdict {
  const teller = new StoryTeller(story);
  for (const [index, step] of story.steps.entries()) {
    try {
      if (step.deed !== undefined) teller.tell(step.deed);
      const fault = step.expect === undefined ? null : teller.check(step.expect);
      if (fault !== null) return { name: `${name} step ${index}`, fault };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return {
        name: `${name} step ${index}`,
        fault: { expected: 'a step that can be', got: error.message },
      };
    }
  }
  return { name, fault: null };
}

class StoryTeller {
  private readonly story: Story;
  private readonly currency: Currency;
  private readonly book: StoryBook;
  private readonly subscriptions = new Map<string, ToldSubscription>();
  /** Lines posted or previewed since the last expectation, and all that were posted. */
  private news: ChargedLine[] = [];
  private readonly posted: ChargedLine[] = [];

  constructor(story: Story) {
    this.story = story;
    this.currency = story.currency;
    this.book = new StoryBook(story.currency, story.customer.vatPercent ?? null);
  }

  tell(deed: Deed): void {
    const at = dayOfMoment(deed.at, this.story.customer.zone);
    switch (deed.do) {
      case 'subscribe':
        return this.subscribe(at, deed);
      case 'run':
      case 'preview':
        return this.run(at, deed.do === 'run');
      case 'usage':
        return this.use(at, deed);
      case 'adjust':
        return this.adjust(at, deed);
      case 'pay':
      case 'credit':
        return this.book.pay(this.minor(deed.amount));
      default:
        for (const subscription of this.named(deed.subscription, deed.do === 'anchor'))
          subscription.history.push(this.eventOf(subscription, at, deed));
    }
  }

  check(expected: Expectation): { expected: string; got: string } | null {
    const news = this.news;
    this.news = [];
    const faults = [
      this.checkLines(expected, news),
      this.checkAmount('balance', expected.balance, this.book.balanceMinor),
      this.checkAmount('creditTotal', expected.creditTotal, this.book.creditTotalMinor),
    ].filter((fault) => fault !== null);
    if (faults.length === 0) return null;
    return {
      expected: faults.map((fault) => fault.expected).join('; '),
      got: faults.map((fault) => fault.got).join('; '),
    };
  }

  private subscribe(at: LocalDate, deed: Extract<Deed, { do: 'subscribe' }>): void {
    if (this.subscriptions.has(deed.as)) throw new StoryFault(`there is a subscription ${deed.as} already`);
    const start: HistoryEvent = {
      do: 'start',
      on: at,
      plan: this.plan(deed.plan),
      anchorDay: deed.anchorDay ?? (this.story.customer.anchorDay || null),
      ...(deed.quantity === undefined ? {} : { quantity: deed.quantity }),
      ...(deed.allocations === undefined ? {} : { allocations: deed.allocations }),
    };
    this.subscriptions.set(deed.as, {
      id: deed.as,
      history: [start],
      usage: [],
      charged: [],
      ratedUntil: undefined,
    });
  }

  private eventOf(
    subscription: ToldSubscription,
    at: LocalDate,
    deed: Extract<
      Deed,
      { do: 'change' | 'cancel' | 'pause' | 'resume' | 'anchor' | 'discount' | 'discount-end' }
    >,
  ): HistoryEvent {
    const change: SubscriptionChange =
      deed.do === 'change'
        ? {
            do: 'change',
            ...(deed.plan === undefined ? {} : { plan: this.plan(deed.plan) }),
            ...(deed.quantity === undefined ? {} : { quantity: deed.quantity }),
            ...(deed.allocations === undefined ? {} : { allocations: deed.allocations }),
          }
        : deed.do === 'anchor'
          ? { do: 'anchor', day: deed.day }
          : deed.do === 'discount'
            ? { do: 'discount', discount: withMetered(deed.discount) }
            : deed.do === 'discount-end'
              ? { do: 'discount-end', discountId: deed.discountId }
              : { do: deed.do };
    const when = 'when' in deed ? deed.when : 'now';
    if (when === 'now') return { ...change, on: at };
    if (when === 'now-used-day-charged') return { ...change, on: addDays(at, 1), known: at };
    const { history, charged } = subscription;
    return { ...change, on: periodEndOf({ history, at, charged, currency: this.currency }), known: at };
  }

  private run(at: LocalDate, isPosting: boolean): void {
    const lines: RatedLine[] = [];
    for (const subscription of this.subscriptions.values()) {
      const { id, history, usage, charged, ratedUntil } = subscription;
      const rated = rate({
        subscriptionId: id,
        currency: this.currency,
        history,
        usage,
        charged,
        target: at,
        isDayOver: isLastDay(history, at),
        ...(ratedUntil === undefined ? {} : { ratedUntil }),
      });
      lines.push(...rated.lines);
      if (!isPosting) continue;
      charged.push(...rated.lines);
      subscription.ratedUntil = ratedUntil !== undefined && ratedUntil > at ? ratedUntil : at;
    }
    this.news.push(...lines);
    if (isPosting) {
      this.posted.push(...lines);
      this.book.post(lines);
    } else this.book.creditTotalMinor = this.book.wouldCreditMinor(lines);
  }

  private use(at: LocalDate, deed: Extract<Deed, { do: 'usage' }>): void {
    const [subscription] = this.named(deed.subscription, false);
    const occurred = deed.occurred ?? deed.at;
    const event: UsageEvent = {
      id: deed.id ?? `the ${(subscription?.usage.length ?? 0) + 1}. event`,
      meter: deed.meter,
      day: dayOfMoment(occurred, this.story.customer.zone),
      quantity: deed.quantity,
      known: at,
      ...(deed.member === undefined ? {} : { member: deed.member }),
    };
    const before = subscription?.usage.find(({ id }) => id === event.id);
    if (before === undefined) subscription?.usage.push(event);
    else if (before.meter !== event.meter || before.quantity !== event.quantity || before.day !== event.day)
      throw new StoryFault(`the event ${event.id} was recorded before with other content`);
  }

  private adjust(at: LocalDate, deed: Extract<Deed, { do: 'adjust' }>): void {
    const line = this.lineOf(deed.line, deed.subscription);
    const later = this.posted.filter(({ of }) => of === line.key);
    const left = later.reduce((sum, { amountMinor }) => sum + amountMinor, line.amountMinor);
    const asked = deed.amount === undefined ? left : this.minor(deed.amount.replace(/^-/, ''));
    if (asked > left)
      throw new StoryFault(`only ${this.text(left)} is left of the line, not ${this.text(asked)}`);
    const adjustment: ChargedLine = {
      key: `${line.key} adjustment ${later.length}`,
      subscriptionId: line.subscriptionId,
      component: line.component,
      planId: line.planId,
      planVersion: line.planVersion,
      reason: 'adjustment',
      from: at,
      toExclusive: at,
      amountMinor: -asked,
      of: line.key,
    };
    this.subscriptions.get(line.subscriptionId)?.charged.push(adjustment);
    this.posted.push(adjustment);
    this.news.push(adjustment);
    this.book.post([adjustment]);
  }

  /** The posted charge a step names; the last one that fits. */
  private lineOf(name: LineName | undefined, subscription: string | undefined): ChargedLine {
    const charges = this.posted.filter(
      (line) => line.amountMinor > 0n && (subscription === undefined || line.subscriptionId === subscription),
    );
    const line =
      name === undefined
        ? charges.at(-1)
        : typeof name === 'number'
          ? charges[name]
          : charges.findLast((one) => fits(name, one, this.text(one.amountMinor)));
    if (line === undefined) throw new StoryFault(`there is no line ${JSON.stringify(name)}`);
    return line;
  }

  private named(name: string | undefined, mayBeAll: boolean): ToldSubscription[] {
    const all = [...this.subscriptions.values()];
    if (name === undefined && (all.length === 1 || mayBeAll)) return all;
    const found = this.subscriptions.get(name ?? '');
    if (found === undefined) throw new StoryFault(`there is no subscription ${name ?? '(none named)'}`);
    return [found];
  }

  private plan(id: string): NonNullable<ReturnType<Story['plans']['get']>> {
    const plan = this.story.plans.get(id);
    if (plan === undefined) throw new StoryFault(`there is no plan ${id}`);
    return plan;
  }

  private checkLines(
    { lines }: Expectation,
    news: readonly ChargedLine[],
  ): { expected: string; got: string } | null {
    if (lines === undefined) return null;
    const expected = lines
      .filter(({ amount }) => this.minor(amount) !== 0n)
      .map((line) => this.lineText(line.from, line.toExclusive, this.minor(line.amount)))
      .toSorted();
    const counted = news.filter(({ amountMinor }) => amountMinor !== 0n);
    const textsOf = (of: readonly ChargedLine[], dated: (line: ChargedLine) => ChargedLine): string[] =>
      of
        .map(dated)
        .map((line) => this.lineText(line.from, line.toExclusive, line.amountMinor))
        .toSorted();
    const asIs = (line: ChargedLine): ChargedLine => line;
    // A credit by a person is no line of a run: a story may list it, with its own day or the days of its line, or leave it out.
    const asItsLine = (line: ChargedLine): ChargedLine => {
      const of = this.posted.find(({ key }) => line.reason === 'adjustment' && key === line.of);
      return of === undefined ? line : { ...line, from: of.from, toExclusive: of.toExclusive };
    };
    const ofRuns = counted.filter(({ reason }) => reason !== 'adjustment');
    const readings = [textsOf(ofRuns, asIs), textsOf(counted, asIs), textsOf(counted, asItsLine)];
    if (readings.some((got) => got.join() === expected.join())) return null;
    return { expected: `lines ${listed(expected)}`, got: `lines ${listed(readings[1] ?? [])}` };
  }

  private checkAmount(
    name: string,
    expected: string | undefined,
    got: bigint | null,
  ): { expected: string; got: string } | null {
    if (expected === undefined || (got !== null && this.minor(expected) === got)) return null;
    return {
      expected: `${name} ${expected}`,
      got: `${name} ${got === null ? 'none' : this.text(got)}`,
    };
  }

  private minor(amount: string): bigint {
    return moneyFromMajor(amount, this.currency).amountMinor;
  }

  private text(amountMinor: bigint): string {
    return moneyToDecimalText(money(amountMinor, this.currency));
  }

  private lineText(from: LocalDate, toExclusive: LocalDate, amountMinor: bigint): string {
    return `${from}..${toExclusive} ${this.text(amountMinor)}`;
  }
}

/** Cancelled with the day itself as used: nothing of it is to come, so what is in arrears is due with it. */
function isLastDay(history: readonly HistoryEvent[], at: LocalDate): boolean {
  return history.some(
    ({ do: what, on, known }) => what === 'cancel' && known === at && on === addDays(at, 1),
  );
}

function listed(lines: readonly string[]): string {
  return lines.length === 0 ? '(none)' : lines.join(', ');
}

function fits(name: Exclude<LineName, number>, line: ChargedLine, amount: string): boolean {
  const words =
    typeof name === 'string'
      ? name.split(/\s+|\.\.|\//)
      : Array.isArray(name)
        ? name.map(String)
        : Object.entries(name)
            .filter(([key]) =>
              ['from', 'to', 'toExclusive', 'subscription', 'plan', 'component', 'amount'].includes(key),
            )
            .map(([, value]) => String(value));
  const known = [line.from, line.toExclusive, line.subscriptionId, line.planId, line.component, line.key];
  return words.every((word) => known.includes(word) || Number(word) === Number(amount));
}
