import type { BulkWhat } from '../../../shared/domains/bulk/bulk-contract.ts';
import { DEFAULT_PACE, type BulkActionName } from '../../../shared/domains/bulk/bulk-rules.ts';
import { tagProblem, tagsOf } from '../fleet/tag-words.ts';

/** What a person has typed so far; only what the action needs is used. */
export interface BulkForm {
  action: BulkActionName;
  graceSeconds: number;
  thenForce: boolean;
  tags: string;
  notes: string;
  customerId: string | null;
  /** Nobody, said on purpose. */
  nobody: boolean;
  on: boolean;
  perHost: number;
  /** Null: no cap of its own. */
  perCluster: number | null;
  atOnce: number;
  stopAfterFailures: number | null;
}

/** The engine's own for one person at one window: a small number first. */
export function newBulkForm(action: BulkActionName): BulkForm {
  return {
    action,
    graceSeconds: 120,
    thenForce: false,
    tags: '',
    notes: '',
    customerId: null,
    nobody: false,
    on: true,
    perHost: DEFAULT_PACE.perHost,
    perCluster: DEFAULT_PACE.perCluster,
    atOnce: DEFAULT_PACE.atOnce,
    stopAfterFailures: DEFAULT_PACE.stopAfterFailures,
  };
}

/** The action as the engine is asked; null while something is missing, which `bulkMissing` names. */
export function whatOf(form: BulkForm): BulkWhat | null {
  const { action } = form;
  if (bulkMissing(form) !== null) return null;
  switch (action) {
    case 'shutdown':
      return { action, graceSeconds: form.graceSeconds, thenForce: form.thenForce };
    case 'tagsAdd':
    case 'tagsRemove':
    case 'tagsSet':
      return { action, tags: tagsOf(form.tags) };
    case 'notes':
      return { action, notes: form.notes };
    case 'owner':
      return { action, customerId: form.nobody ? null : form.customerId };
    case 'autostart':
      return { action, on: form.on };
    default:
      return { action };
  }
}

/** What must be said first; null when nothing is missing. */
export function bulkMissing(form: BulkForm): string | null {
  switch (form.action) {
    case 'tagsAdd':
    case 'tagsRemove':
      return tagsOf(form.tags).length === 0 ? 'Name the tags first.' : tagProblem(form.tags);
    case 'tagsSet':
      return tagProblem(form.tags);
    case 'owner':
      return form.customerId === null && !form.nobody ? 'Choose the customer first.' : null;
    default:
      return null;
  }
}
