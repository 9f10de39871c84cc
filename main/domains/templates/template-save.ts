import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type {
  TemplateFields,
  templatesContract,
} from '../../../shared/domains/templates/templates-contract.ts';
import { mergeEdit } from '../../../shared/kernel/edit-merge.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { isDuplicate } from '../../platform/store/store-error.ts';
import { isNameTaken, lockTemplate, nameKey, TEMPLATE_TOPIC, type StoredTemplate } from './template-store.ts';
import type { TemplatesTables } from './templates-tables.ts';

/**
 * Changes what is said about a template; its image stays. What somebody else changed since it was seen stays, and where both
 * changed the same, nothing is saved.
 */
export const templateSave: DomainHandlers<typeof templatesContract, CallContext>['templateSave'] = async (
  { templateId, before, ...mine },
  context,
) => {
  const tables = context.tables<TemplatesTables>();
  const template = await lockTemplate(tables, templateId);
  if (template === undefined) return refuse('no-such-template', { templateId });
  context.subject(template.name);
  const { merged, clashes } = mergeEdit({ before, mine, now: fieldsOf(template) });
  if (clashes.length > 0)
    return refuse('changed-meanwhile', { name: template.name, fields: clashes.join(', ') });
  const { name } = merged;
  if (await isNameTaken(tables, name, templateId)) return refuse('name-taken', { name });
  const change = {
    name,
    name_key: nameKey(name),
    os: merged.os,
    min_memory_bytes: merged.minMemoryBytes,
    min_vcpus: merged.minVcpus,
    // No VM can have a smaller disk than the one it is made from.
    min_disk_bytes: Math.max(merged.minDiskBytes, template.virtual_size_bytes),
  };
  try {
    await tables.updateTable('template').set(change).where('id', '=', templateId).execute();
  } catch (error) {
    if (isDuplicate(error, 'template', 'name_key')) return refuse('name-taken', { name });
    throw error;
  }
  await context.note(TEMPLATE_TOPIC, templateId);
  return done({});
};

function fieldsOf(template: StoredTemplate): TemplateFields {
  return {
    name: template.name,
    os: template.os,
    minDiskBytes: template.min_disk_bytes,
    minMemoryBytes: template.min_memory_bytes,
    minVcpus: template.min_vcpus,
  };
}
