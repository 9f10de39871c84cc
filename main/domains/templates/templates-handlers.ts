import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import type { templatesContract } from '../../../shared/domains/templates/templates-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import { templateDelete } from './template-delete.ts';
import { templateImport } from './template-import.ts';
import { templateGet, templateList } from './template-list.ts';
import { templateSave } from './template-save.ts';
import type { TemplatesParts } from './templates-parts.ts';

export function templatesHandlers(
  parts: TemplatesParts,
): DomainHandlers<typeof templatesContract, CallContext> {
  return {
    templateList: templateList(parts),
    templateGet: templateGet(parts),
    templateImport: templateImport(parts),
    templateSave,
    templateDelete: templateDelete(parts),
  };
}
