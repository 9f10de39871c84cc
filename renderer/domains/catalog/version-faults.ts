import { EXACT, numberFault, plainNumber } from '../../ui/typed-amount.ts';
import type { ComponentDraft, VersionDraft } from './version-draft.ts';

const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;

type Fault = string | null;

/** Why an amount or a quantity cannot be taken; an empty one is nothing. */
function amountFault(text: string): Fault {
  return numberFault(text, EXACT);
}

/** Only to compare two that are typed. */
const valueOf = (text: string): number => Number(plainNumber(text, EXACT));

function neededFault(text: string, what: string): Fault {
  return amountFault(text) ?? (/[1-9]/.test(text) ? null : what);
}

function nameFault(text: string, others: readonly string[]): Fault {
  const typed = text.trim();
  if (!NAME.test(typed)) return 'A short name of small letters, digits and hyphens, such as support.';
  return others.includes(typed) ? `There is another component ${typed}.` : null;
}

/** What keeps a draft from being a version, by the path of its field; {} where nothing does. The engine asks the same again. */
export function versionFaults(draft: VersionDraft, isNewPlan: boolean): Record<string, string> {
  const faults: Record<string, string> = {};
  const add = (path: string, fault: Fault): void => {
    if (fault !== null) faults[path] = fault;
  };
  if (isNewPlan && draft.name.trim() === '') add('name', 'Write the name as customers know it, such as A-4.');
  add('trialDays', TRIAL.test(draft.trialDays.trim()) ? null : 'A number of days.');
  for (const [at, component] of draft.components.entries()) {
    const others = draft.components.slice(0, at).map(({ id }) => id.trim());
    add(`components.${at}.id`, nameFault(component.id, others));
    for (const [field, fault] of componentFaults(component)) add(`components.${at}.${field}`, fault);
  }
  return faults;
}

const TRIAL = /^\d{0,4}$/;

function componentFaults(typed: ComponentDraft): [field: string, fault: Fault][] {
  const billed: [string, Fault][] = [
    ['price', amountFault(typed.price)],
    ['trialDays', TRIAL.test(typed.trialDays.trim()) ? null : 'A number of days.'],
  ];
  switch (typed.kind) {
    case 'set-up':
      return [['price', amountFault(typed.price)]];
    case 'recurring':
      return billed;
    case 'allocation': {
      const resource = NAME.test(typed.resource.trim())
        ? null
        : 'What is allotted, such as vcpu or memory-gib.';
      return [...billed, ['resource', resource], ['included', amountFault(typed.included)]];
    }
    case 'option':
      return [
        ['price', amountFault(typed.price)],
        ['name', typed.name.trim() === '' ? 'What customers read, such as Backup every night.' : null],
        ['most', /^(|[1-9]\d{0,5})$/.test(typed.most.trim()) ? null : 'A whole number, or nothing.'],
      ];
    case 'usage':
      return [
        ['included', amountFault(typed.included)],
        ['minimum', amountFault(typed.minimum)],
        ['cap', amountFault(typed.cap) ?? capFault(typed)],
        ...pricingFaults(typed),
      ];
    case 'pool':
      return [
        ...billed,
        ['bought', neededFault(typed.bought, 'Say how many units are bought.')],
        ...pricingFaults(typed),
      ];
  }
}

function capFault({ minimum, cap }: ComponentDraft): Fault {
  if (
    minimum.trim() === '' ||
    cap.trim() === '' ||
    amountFault(minimum) !== null ||
    amountFault(cap) !== null
  )
    return null;
  return valueOf(minimum) > valueOf(cap) ? 'The most is less than the least.' : null;
}

function pricingFaults(typed: ComponentDraft): [field: string, fault: Fault][] {
  if (typed.tiers === 'flat') return [['unitPrice', amountFault(typed.unitPrice)]];
  if (typed.tiers === 'package')
    return [
      ['unitPrice', amountFault(typed.unitPrice)],
      ['package', neededFault(typed.package, 'Say how many units a package has.')],
    ];
  return typed.bands.flatMap(({ upTo, price, flat }, at): [string, Fault][] => {
    const amounts: [string, Fault][] = [
      [`bands.${at}.price`, amountFault(price)],
      [`bands.${at}.flat`, amountFault(flat)],
    ];
    if (at === typed.bands.length - 1) return amounts;
    const before = valueOf(typed.bands[at - 1]?.upTo ?? '0');
    const later =
      neededFault(upTo, 'Say where it ends.') ??
      (valueOf(upTo) > before ? null : 'It ends after the one before.');
    return [[`bands.${at}.upTo`, later], ...amounts];
  });
}
