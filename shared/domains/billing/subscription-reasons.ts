/** Sentences that say why something cannot be done with a subscription; the use case and the page say the same. */

export const noSubscription = {
  'no-such-subscription': 'There is no subscription {subscriptionId}.',
} as const;
/** Why a plan cannot be sold so. */
export const selling = {
  'no-such-plan': 'There is no plan {planId}.',
  'plan-retired': '{plan} is no longer sold.',
  'no-price': '{plan} has no price in {currency} on {startsOn}.',
  'ordered-below': '{customer} cannot be sold {units} {of}{plan}: order a quantity above 0.',
  'no-such-resource': '{plan} has no price for {resource}: it allots {resources}.',
  'option-units': 'Of {option} a whole number is taken, {most}: not {units}.',
  'meter-unknown':
    '{plan} is charged by {meter}, which nothing counts: it would be used for nothing. Declare that meter, or change the plan.',
  'meter-otherwise':
    '{plan} makes its period of {meter} ({component}) by {aggregate}, but that meter is read so that it can only be {may}: change the plan.',
  'daily-quantity': '{plan} is charged day by day, and so in whole units, from 1 to 1000000: not {quantity}.',
  'discount-twice': 'There is a discount {discountId} already: give this one another name.',
  'discount-component':
    '{plan} has no component {component} that a discount could be on: it has {components}.',
  'discount-misfit': 'The discount cannot be on {component} of {plan}: it {why}.',
  'discount-of-one':
    'An amount off a period, or another price of it, is of one component of {plan}: say of which, {components}.',
  'pool-has-members': '{plan} has no pool for the {members} VMs that share this one: remove them first.',
  'vm-in-pool':
    '{vm} is in the pool of {plan} of {customer}, which is charged for what it uses: remove it there first.',
  'vm-left-pool':
    'What {vm} uses is charged to the pool of {plan} of {customer} before {freeFrom}: let it take effect on {freeFrom} or later.',
} as const;

/** Why a subscription cannot be changed so. */
export const changing = {
  ...noSubscription,
  ...selling,
  'no-such-discount': 'There is no discount {discountId}: it has {discounts}.',
  'discount-ended': 'The discount {discountId} ends on {on} already.',
  'discount-later':
    'The discount {discountId} begins on {on}: let it end after that day, or take back that it is given.',
  'daily-anchor':
    '{plan} is charged day by day: no period of it begins on an anchor day, and its invoices are of the months they are made for.',
  'daily-discount':
    '{plan} is charged day by day, and a discount counts periods: give the plan a version with another price and change to it, or change to a plan that is charged by the period.',
  'day-closed': '{on} is closed already: let it take effect on {firstOpenDay} or later.',
  'before-start': 'It starts on {startsOn}: nothing can change before.',
  'already-ended': 'It ends on {endsOn}: nothing changes from then on.',
  'already-paused': 'It is paused already, from {on} on.',
  'not-paused': 'It is not paused on {on}.',
  'vm-needed': '{plan} is charged by what a VM uses, and this subscription is for none.',
  'nothing-changed': 'Say what changes: plan, quantity or allotments.',
  'later-terms':
    'What is decided for {on} would not fit then: {why} Order what fits both, or take back first what is decided for that day.',
} as const;

/** Why one of many subscriptions is not moved to another price; `so-already` and `planned-already` need nothing. */
export const moveReasons = {
  ...changing,
  'so-already': 'It has this price already.',
  'planned-already': 'It changes to this price on {on} already.',
  held: '{day} of it is not charged yet, for usage that is missing ({reason}): move it when that day is charged.',
  'change-planned': 'It changes to {plan} on {on} already: move it after that day.',
  'version-later': 'This version of {plan} begins on {validFrom}, after {on}: let it take effect then.',
  'version-currency': '{plan} has another version for {currency}: this one is in {versionCurrency}.',
  'vat-otherwise':
    'Its price has VAT {vatNow}, the new one has it {vatThen}: what the customer pays would change by the VAT too. Change it by itself.',
  'changed-meanwhile': 'It is not as it was previewed any more: {difference}.',
  'in-effect': 'It is in effect since {on}: what took effect is not taken back, only changed again.',
  'changed-since': 'Somebody has changed its plan since: what holds now stays.',
} as const;
export type MoveReason = keyof typeof moveReasons;

/** Why what was decided is not taken back; shared by the list of what is planned and the command. */
export const takeBackReasons = {
  'no-such-event': 'Nothing with the number {seq} was decided about it.',
  'not-planned': 'A sale, and what was taken back, are not taken back: end it, or decide it anew.',
  'in-effect': 'The day of {on} is charged: what took effect is not taken back, only changed again.',
  'reckoned-already':
    'It was charged and credited on {known}, when it was decided: it is not taken back, only changed again.',
  'built-on': 'What was decided for {on} builds on it: take that back first.',
  'later-terms': changing['later-terms'],
  'vm-subscribed': '{vm} is billed by a subscription of {customer} by then: end that one first.',
  'vm-pooled':
    'What {vm} uses is charged to the pool of {plan} of {customer} by then: let this end, and sell {vm} anew when it has left that pool.',
  'vm-of-another': '{vm} belongs to {customer} by now: give it back first.',
  'vm-gone': '{vm} is gone or being deleted: there is nothing to go on with.',
  'customer-archived': '{customer} is archived: bring the customer back first.',
} as const;
