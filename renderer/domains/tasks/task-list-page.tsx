import { useParams } from 'wouter';
import IconListCheck from '@tabler/icons-react/dist/esm/icons/IconListCheck.mjs';
import { TASK_FIELDS } from '../../../shared/domains/tasks/task-fields.ts';
import { queryFields } from '../../client/query-fields.ts';
import { useList } from '../../client/use-list.ts';
import { ListPage } from '../../ui/list-page.tsx';
import { SavedQueryBar } from '../queries/saved-query-bar.tsx';
import { taskColumns } from './task-columns.tsx';
import { TaskDetail } from './task-detail.tsx';

const FIELDS = queryFields(TASK_FIELDS);

const TOPICS = ['task'];

/** All tasks, newest first, and one of them beside the list. */
export function TaskListPage() {
  const { taskId } = useParams<{ taskId?: string }>();
  return (
    <ListPage
      path="/tasks"
      one="task"
      many="tasks"
      icon={IconListCheck}
      list={useList('tasks.taskList', { sort: 'created', direction: 'desc' })}
      columns={taskColumns}
      fields={FIELDS}
      placeholder="state, kind, subject, by…"
      chips={<SavedQueryBar list="tasks" op="tasks.taskList" topics={TOPICS} />}
      empty="Work that takes longer than a click stands here: making VMs, importing images, shutting down. It goes on when you leave."
      shownId={taskId}
      detail={(id, beside) => <TaskDetail key={id} taskId={id} {...beside} />}
    />
  );
}
