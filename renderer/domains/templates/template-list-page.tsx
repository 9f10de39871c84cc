import '../fleet/fleet.css';
import { useLocation, useParams } from 'wouter';
import IconTemplate from '@tabler/icons-react/dist/esm/icons/IconTemplate.mjs';
import { useList } from '../../client/use-list.ts';
import { useMay } from '../../client/use-may.ts';
import { ListPage } from '../../ui/list-page.tsx';
import type { QueryField } from '../../ui/query-completion.ts';
import { SavedQueryBar } from '../queries/saved-query-bar.tsx';
import { templateColumns } from './template-columns.tsx';
import { TemplateDetail } from './template-detail.tsx';

const FIELDS: readonly QueryField[] = [
  { name: 'state', hint: 'ready, importing, failed', values: ['ready', 'importing', 'failed'] },
  { name: 'os', hint: 'Debian, Windows, …' },
  { name: 'name', hint: 'a part of the name' },
];
const TOPICS = ['template', 'vm', 'host'];

/** All templates, and one of them beside the list. */
export function TemplateListPage() {
  const { templateId } = useParams<{ templateId?: string }>();
  const [, navigate] = useLocation();
  return (
    <ListPage
      path="/templates"
      one="template"
      many="templates"
      icon={IconTemplate}
      list={useList('templates.templateList', { sort: 'name', topics: TOPICS })}
      columns={templateColumns}
      fields={FIELDS}
      placeholder="state, os, name…"
      chips={<SavedQueryBar list="templates" op="templates.templateList" topics={TOPICS} />}
      create={{
        words: 'Import an image',
        reason: useMay('templates.write'),
        run: () => {
          navigate('/templates/new');
        },
      }}
      empty="A template is a disk image with the least a VM made from it needs. VMs are made from templates."
      noMatch="No template fits this query."
      shownId={templateId}
      detail={(id, beside) => <TemplateDetail key={id} templateId={id} {...beside} />}
    />
  );
}
