import { useState } from 'react';
import { Menu } from '@mantine/core';
import { Link } from 'wouter';
import IconDots from '@tabler/icons-react/dist/esm/icons/IconDots.mjs';
import IconChecks from '@tabler/icons-react/dist/esm/icons/IconChecks.mjs';
import { bulkWords, type BulkActionName } from '../../../shared/domains/bulk/bulk-rules.ts';
import { BulkBar } from '../../ui/bulk-bar.tsx';
import { ActionButton, Button } from '../../ui/button.tsx';
import type { Selection } from '../../ui/selection.ts';
import { CompareButton } from '../fleet/compare-button.tsx';
import { actionIcons } from './bulk-looks.ts';
import { BulkPreviewDialog } from './bulk-preview-dialog.tsx';

const ON_THE_BAR: readonly BulkActionName[] = ['start', 'shutdown', 'reboot', 'tagsAdd'];
const IN_THE_MENU: readonly (readonly BulkActionName[])[] = [
  ['pause', 'resume', 'reset', 'forceOff'],
  ['tagsRemove', 'tagsSet', 'notes', 'owner', 'autostart'],
  ['delete'],
];
/** More ticks than this are a query. */
const TICKS_MAX = 2_000;

/** Actions on the ticked VMs: each opens its preview. */
export function VmBulkBar(props: { selection: Selection; total: number; query: string; may: string | null }) {
  const { selection, total, query, may } = props;
  const [asked, setAsked] = useState<BulkActionName | null>(null);
  const tooMany =
    !selection.all && selection.keys.size > TICKS_MAX
      ? 'More than 2,000 are ticked one by one: narrow the query and select all that match.'
      : null;
  return (
    <>
      <BulkBar selection={selection} total={total} noun="VMs">
        <CompareButton kind="VM" selection={selection} total={total} />
        {ON_THE_BAR.map((action) => (
          <ActionButton
            key={action}
            size="sm"
            icon={actionIcons[action]}
            reason={may ?? tooMany}
            onClick={() => {
              setAsked(action);
            }}
          >
            {`${bulkWords[action].verb}…`}
          </ActionButton>
        ))}
        <Menu position="top-end" width={220}>
          <Menu.Target>
            <Button size="sm" icon={IconDots} label="More actions on all of them" aria-haspopup="menu" />
          </Menu.Target>
          <Menu.Dropdown>
            {IN_THE_MENU.map((group, at) => (
              <div key={group[0]}>
                {at === 0 ? null : <Menu.Divider />}
                {group.map((action) => {
                  const Icon = actionIcons[action];
                  return (
                    <Menu.Item
                      key={action}
                      leftSection={<Icon size={14} aria-hidden />}
                      disabled={(may ?? tooMany) !== null}
                      onClick={() => {
                        setAsked(action);
                      }}
                    >
                      {`${bulkWords[action].verb}…`}
                    </Menu.Item>
                  );
                })}
              </div>
            ))}
            <Menu.Divider />
            <Menu.Item component={Link} href="/bulk" leftSection={<IconChecks size={14} aria-hidden />}>
              Past bulk actions
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </BulkBar>
      {asked ? (
        <BulkPreviewDialog
          key={asked}
          action={asked}
          select={selection.all ? { query } : { query, vmIds: [...selection.keys] }}
          matching={total}
          onClose={() => {
            setAsked(null);
          }}
          onBegun={() => {
            setAsked(null);
            selection.clear();
          }}
        />
      ) : null}
    </>
  );
}
