import type { DomainHandlers } from '../../../shared/contract/handlers.ts';
import { done, refuse } from '../../../shared/contract/outcome.ts';
import type { templatesContract } from '../../../shared/domains/templates/templates-contract.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { AnyTransaction } from '../../platform/store/store.ts';
import { activeTasksAbout } from '../tasks/tasks-public.ts';
import { templateDeleteTask } from './template-delete-task.ts';
import { lockTemplate, TEMPLATE_TOPIC } from './template-store.ts';
import type { TemplatesParts } from './templates-parts.ts';
import type { TemplatesTables } from './templates-tables.ts';

/**
 * Deletes a template, unless a running task works with it. Under the template's lock, which making a VM from it takes, too: whoever
 * comes second sees what the first one began.
 */
export function templateDelete(
  parts: TemplatesParts,
): DomainHandlers<typeof templatesContract, CallContext>['templateDelete'] {
  const definition = templateDeleteTask(parts);
  return async ({ templateId, confirmName }, context) => {
    const trx = context.tables<TemplatesTables>();
    const template = await lockTemplate(trx, templateId);
    if (template === undefined) return refuse('no-such-template', { templateId });
    const { name } = template;
    context.subject(name);
    if (confirmName !== name) return refuse('name-differs', { name });
    const using = await activeTasksAbout(context.tables(), templateId);
    if (using.length > 0) return refuse('template-busy', { name });
    await trx.updateTable('template').set({ deleting: 1 }).where('id', '=', templateId).execute();
    await context.note(TEMPLATE_TOPIC, templateId);
    const within = trx as unknown as AnyTransaction;
    return done(
      await parts.tasks.start(definition, { templateId, name }, { startedBy: context.actor.login, within }),
    );
  };
}
