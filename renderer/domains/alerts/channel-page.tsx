import { useState } from 'react';
import IconAlertCircle from '@tabler/icons-react/dist/esm/icons/IconAlertCircle.mjs';
import IconBan from '@tabler/icons-react/dist/esm/icons/IconBan.mjs';
import IconCircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import IconClock from '@tabler/icons-react/dist/esm/icons/IconClock.mjs';
import type { ChannelRow } from '../../../shared/domains/alerts/alerts-contract.ts';
import type { ResultOf } from '../../client/operation-types.ts';
import { useCommand } from '../../client/use-command.ts';
import { useQuery } from '../../client/use-query.ts';
import { ActionButton } from '../../ui/button.tsx';
import { formatCount } from '../../ui/format.ts';
import { Timestamp } from '../../ui/moment.tsx';
import { Note } from '../../ui/note.tsx';
import { Panel } from '../../ui/panel.tsx';
import { StateLabel } from '../../ui/state-label.tsx';
import { AlertSettingPage, RemovalDialog, RowButtons, type RowActs } from './alert-setting-page.tsx';
import { CHANNEL_WORDS, severityWords } from './alert-words.ts';
import { BrowserPermission } from './browser-permission.tsx';
import { ChannelDialog } from './channel-dialog.tsx';
import { DeliveryPanel } from './delivery-panel.tsx';

function standing(channel: ChannelRow) {
  if (!channel.enabled) return <StateLabel tone="idle" icon={IconBan} word="Off" />;
  const isStuck = channel.waiting > 0 || channel.lastSentAt === null;
  if (channel.problem && isStuck) return <StateLabel tone="bad" icon={IconAlertCircle} word="Fails" strong />;
  if (channel.problem) return <StateLabel tone="warn" icon={IconAlertCircle} word="Look at it" strong />;
  if (channel.waiting > 0) return <StateLabel tone="acc" icon={IconClock} word="Sending" />;
  return <StateLabel tone="ok" icon={IconCircleCheck} word="Works" />;
}

type TestResult = ResultOf<'alerts.channelTest'>;

interface LineProps {
  channel: ChannelRow;
  acts: RowActs<ChannelRow>;
  onTested: (result: TestResult) => void;
}

function ChannelLine({ channel, acts, onTested }: LineProps) {
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
        <ActionButton size="sm" reason={acts.may} busy={test.pending} onClick={() => void run()}>
          Send a test
        </ActionButton>
        <RowButtons row={channel} acts={acts} />
      </td>
    </tr>
  );
}

function DeleteDialog({ channel, onClose }: { channel: ChannelRow; onClose: () => void }) {
  const remove = useCommand('alerts.channelDelete');
  return (
    <RemovalDialog
      what="channel"
      name={channel.name}
      pending={remove.pending}
      error={remove.error}
      onRemove={async () => await remove.run({ channelId: channel.id })}
      onClose={onClose}
    >
      {channel.waiting === 0
        ? 'Nothing waits for it.'
        : `${formatCount(channel.waiting)} notifications that wait for it are not sent any more.`}{' '}
      Its secrets are forgotten.
    </RemovalDialog>
  );
}

function ChannelTable({ rows, acts }: { rows: readonly ChannelRow[]; acts: RowActs<ChannelRow> }) {
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
            {rows.map((channel) => (
              <ChannelLine
                key={channel.id}
                channel={channel}
                acts={acts}
                onTested={(result) => {
                  setTested({ name: channel.name, result });
                }}
              />
            ))}
          </tbody>
        </table>
      </Panel>
    </>
  );
}

/** Where alerts are told, how each channel does, and what was sent. */
export function ChannelPage() {
  const channels = useQuery('alerts.channelList', {}, { topics: ['channel', 'delivery'] });
  return (
    <AlertSettingPage
      title="Alert channels"
      tab="/alerts/channels"
      add="New channel"
      failed="The channels could not be read"
      answer={channels}
      table={(rows, acts) => <ChannelTable rows={rows} acts={acts} />}
      form={(channel, close) => <ChannelDialog channel={channel} onClose={close} />}
      removal={(channel, close) => <DeleteDialog channel={channel} onClose={close} />}
    >
      <DeliveryPanel />
    </AlertSettingPage>
  );
}
