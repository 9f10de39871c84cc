import './alerts.css';
import { useState } from 'react';
import IconAlertCircle from '@tabler/icons-react/dist/esm/icons/IconAlertCircle.mjs';
import IconBan from '@tabler/icons-react/dist/esm/icons/IconBan.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconClock from '@tabler/icons-react/dist/esm/icons/IconClock.mjs';
import IconPlus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import type { ChannelRow } from '../../../shared/domains/alerts/alerts-contract.ts';
import type { ResultOf } from '../../client/operation-types.ts';
import { useCommand } from '../../client/use-command.ts';
import { useMay } from '../../client/use-may.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { formatCount } from '../../ui/format.ts';
import { Timestamp } from '../../ui/moment.tsx';
import { Note } from '../../ui/note.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { AlertTabs } from './alert-tabs.tsx';
import { CHANNEL_WORDS, severityWords } from './alert-words.ts';
import { BrowserPermission } from './browser-permission.tsx';
import { ChannelDialog } from './channel-dialog.tsx';
import { DeliveryPanel } from './delivery-panel.tsx';

function standing(channel: ChannelRow) {
  if (!channel.enabled) return <StateLabel tone="idle" icon={IconBan} word="Off" />;
  if (channel.problem) return <StateLabel tone="bad" icon={IconAlertCircle} word="Fails" strong />;
  if (channel.waiting > 0) return <StateLabel tone="acc" icon={IconClock} word="Sending" />;
  return <StateLabel tone="ok" icon={IconCircleCheck} word="Works" />;
}

type TestResult = ResultOf<'alerts.channelTest'>;

interface LineProps {
  channel: ChannelRow;
  may: string | null;
  onEdit: () => void;
  onDelete: () => void;
  onTested: (result: TestResult) => void;
}

function ChannelLine({ channel, may, onEdit, onDelete, onTested }: LineProps) {
  const test = useCommand('alerts.channelTest');
  const run = async (): Promise<void> => {
    const result = await test.run({ channelId: channel.id });
    if (result) onTested(result);
  };
  const routed = channel.ruleIds.length === 0 ? 'all rules' : `${channel.ruleIds.length} of the rules`;
  return (
    <tr>
      <td>{standing(channel)}</td>
      <td className="ik-med ik-el" title={channel.name}>
        {channel.name}
      </td>
      <td>{CHANNEL_WORDS[channel.config.kind]}</td>
      <td className="ik-wrap ik-t2">
        {channel.target}
        {channel.problem ? <div className="ik-bad">{channel.problem}</div> : null}
        {channel.config.kind === 'desktop' ? <BrowserPermission /> : null}
      </td>
      <td className="ik-el" title={`from ${severityWords[channel.leastSeverity].word}, ${routed}`}>
        from {severityWords[channel.leastSeverity].word.toLowerCase()}, {routed}
      </td>
      <td>{channel.lastSentAt ? <Timestamp dated atMs={Date.parse(channel.lastSentAt)} /> : '–'}</td>
      <td className="ik-num">
        {channel.config.kind === 'desktop' ? null : (
          <ActionButton size="sm" reason={may} busy={test.pending} onClick={() => void run()}>
            Send a test
          </ActionButton>
        )}
        <ActionButton size="sm" kind="ghost" reason={may} onClick={onEdit}>
          Change
        </ActionButton>
        <ActionButton size="sm" kind="ghost" reason={may} onClick={onDelete}>
          Delete…
        </ActionButton>
      </td>
    </tr>
  );
}

function DeleteDialog({ channel, onClose }: { channel: ChannelRow; onClose: () => void }) {
  const remove = useCommand('alerts.channelDelete');
  const confirm = async (): Promise<void> => {
    if (await remove.run({ channelId: channel.id })) onClose();
  };
  return (
    <ConfirmDialog
      title={`Delete the channel ${channel.name}`}
      action="Delete the channel"
      danger
      busy={remove.pending}
      problem={remove.error ? <Note tone="bad">{remove.error.sentence}</Note> : undefined}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>
        {channel.waiting === 0
          ? 'Nothing waits for it.'
          : `${formatCount(channel.waiting)} notifications that wait for it are not sent any more.`}{' '}
        Its secrets are forgotten.
      </p>
    </ConfirmDialog>
  );
}

function ChannelTable(props: { rows: readonly ChannelRow[]; onEdit: (channel: ChannelRow) => void }) {
  const may = useMay('alerts.administer');
  const [deleted, setDeleted] = useState<ChannelRow | undefined>();
  const [tested, setTested] = useState<{ name: string; result: TestResult } | undefined>();
  return (
    <>
      {tested ? (
        <Note tone={tested.result.sent ? 'ok' : 'bad'}>
          <b>{tested.name}</b>, {formatCount(tested.result.tookMs)} ms: {tested.result.sentence}
        </Note>
      ) : null}
      <Panel title="Channels" meta="each notification is sent once over each that wants it">
        <table className="ik-tb">
          <colgroup>
            <col style={{ width: 88 }} />
            <col style={{ width: 150 }} />
            <col style={{ width: 80 }} />
            <col />
            <col style={{ width: 170 }} />
            <col style={{ width: 120 }} />
            <col style={{ width: 250 }} />
          </colgroup>
          <thead>
            <tr>
              <th>State</th>
              <th>Channel</th>
              <th>Kind</th>
              <th>To</th>
              <th>Alerts</th>
              <th>Last sent</th>
              <th>
                <span className="ik-sr">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {props.rows.map((channel) => (
              <ChannelLine
                key={channel.id}
                channel={channel}
                may={may}
                onEdit={() => {
                  props.onEdit(channel);
                }}
                onDelete={() => {
                  setDeleted(channel);
                }}
                onTested={(result) => {
                  setTested({ name: channel.name, result });
                }}
              />
            ))}
          </tbody>
        </table>
      </Panel>
      {deleted ? (
        <DeleteDialog
          channel={deleted}
          onClose={() => {
            setDeleted(undefined);
          }}
        />
      ) : null}
    </>
  );
}

/** Where alerts are told, how each channel does, and what was sent. */
export function ChannelPage() {
  const channels = useQuery('alerts.channelList', {}, { topics: ['channel', 'delivery'] });
  const may = useMay('alerts.administer');
  const [edited, setEdited] = useState<ChannelRow | null | undefined>();
  return (
    <>
      <PageHead
        title="Alert channels"
        actions={
          <ActionButton
            kind="primary"
            icon={IconPlus}
            reason={may}
            onClick={() => {
              setEdited(null);
            }}
          >
            New channel
          </ActionButton>
        }
      />
      <div className="ik-page">
        <AlertTabs value="/alerts/channels" />
        {channels.data ? (
          <ChannelTable rows={channels.data.rows} onEdit={setEdited} />
        ) : channels.error ? (
          <ErrorPanel
            title="The channels could not be read"
            error={channels.error}
            onRetry={channels.refetch}
          />
        ) : (
          <Skeleton rows={4} />
        )}
        <DeliveryPanel />
      </div>
      {edited === undefined ? null : (
        <ChannelDialog
          channel={edited}
          onClose={() => {
            setEdited(undefined);
          }}
        />
      )}
    </>
  );
}
