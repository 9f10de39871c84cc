import type { StepContext, TaskDefinition } from '../../platform/tasks/task-definition.ts';
import { withCopyLease } from './copy-lease.ts';
import { copyRemove } from './template-copy.ts';
import { changeTemplate, copiesOf, setCopy, TEMPLATE_TOPIC } from './template-store.ts';
import type { TemplatesParts } from './templates-parts.ts';
import type { TemplatesTables } from './templates-tables.ts';

export interface TemplateDeleteInput {
  readonly templateId: string;
  readonly name: string;
}

interface Removed {
  readonly removed: number;
  /** Copies on hosts that could not be reached: they go when those are back. */
  readonly later: number;
}

/** Removes a template from all hosts, then its row. A host that is away keeps nothing from it: its copy is removed when it is back. */
export function templateDeleteTask(parts: TemplatesParts): TaskDefinition<TemplateDeleteInput, Removed> {
  return {
    kind: 'template-delete',
    title: ({ name }) => `Delete the template ${name}`,
    subject: ({ templateId, name }) => ({ kind: 'template', id: templateId, name }),
    steps: [
      {
        name: 'retire',
        title: () => 'Take it out of use',
        run: async ({ input }) => await changeTemplate(parts.store, input.templateId, { deleting: 1 }),
        undo: async ({ input }) => await changeTemplate(parts.store, input.templateId, { deleting: 0 }),
      },
      {
        name: 'remove-copies',
        title: () => 'Remove its copies from the hosts',
        run: async (context) => await removeCopies(parts, context),
      },
      {
        name: 'forget',
        title: () => 'Forget the template',
        run: async ({ input }) => await forget(parts, input.templateId),
      },
    ],
    result: (state) => ({ removed: state.removed ?? 0, later: state.later ?? 0 }),
  };
}

async function removeCopies(
  parts: TemplatesParts,
  context: StepContext<TemplateDeleteInput>,
): Promise<Removed> {
  const { input, signal } = context;
  const { templateId } = input;
  const tables = parts.store.tables<TemplatesTables>();
  const copies = await copiesOf(tables, templateId);
  const names = await parts.hosts.names(
    tables,
    copies.map((copy) => copy.host_id),
  );
  let [removed, later] = [0, 0];
  for (const { host_id: hostId, volume } of copies) {
    const host = names.get(hostId);
    // The host was removed from the fleet: its storage is no business of ours any more.
    if (host === undefined) await setCopy(parts.store, { templateId, hostId, volume }, null);
    else {
      await context.stillOurs();
      const isGone = await withCopyLease(parts.store, { templateId, hostId, signal }, async (held) =>
        copyRemove(parts, { templateId, host: { hostId, host }, volume, signal: held }).then(
          () => true,
          (error: unknown) => told(context, error),
        ),
      );
      if (!isGone) await setCopy(parts.store, { templateId, hostId, volume }, 'leftover');
      removed += isGone ? 1 : 0;
      later += isGone ? 0 : 1;
    }
    context.progress(removed + later, copies.length, 'items');
  }
  return { removed, later };
}

function told(context: StepContext<TemplateDeleteInput>, error: unknown): false {
  context.signal.throwIfAborted();
  const sentence = error instanceof Error ? error.message : String(error);
  context.log('warn', `${sentence} Its copy is removed when the host can be reached again.`);
  return false;
}

async function forget(parts: TemplatesParts, templateId: string): Promise<void> {
  await parts.store.transaction<TemplatesTables, void>(
    async (trx) => {
      await trx.deleteFrom('template').where('id', '=', templateId).execute();
      await parts.store.changes.note(trx, TEMPLATE_TOPIC, templateId);
    },
    { repeatable: true },
  );
}
