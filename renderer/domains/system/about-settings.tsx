import { useQuery } from '../../client/use-query.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { KeyValues } from '../../ui/key-values.tsx';
import { Timestamp } from '../../ui/moment.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';

/** Version, engine, log and settings file: what a bug report needs. */
export function AboutSettings() {
  const about = useQuery('system.about', {}, { topics: ['environment', 'host'] });
  if (!about.data)
    return about.error ? <ErrorPanel error={about.error} onRetry={about.refetch} /> : <Skeleton />;
  const { data } = about;
  return (
    <>
      <Panel
        title="Innkeeper"
        actions={<CopyButton text={JSON.stringify(data, null, 2)} label="Copy all" />}
        pad
      >
        <KeyValues
          facts={[
            { label: 'Version', value: data.version },
            { label: 'Engine', value: `${data.engineId}, ${data.hostKind}` },
            { label: 'Started', value: <Timestamp dated atMs={Date.parse(data.startedAt)} /> },
            { label: 'Fleet', value: data.practice ? 'practice: simulated hosts' : 'real hosts' },
          ]}
        />
      </Panel>
      <Panel title="Files" pad>
        <KeyValues
          facts={[
            { label: 'Log', value: <span className="ik-mono">{data.logFolder}</span> },
            { label: 'Settings', value: <span className="ik-mono">{data.settingsFile}</span> },
          ]}
        />
        <p className="ik-sm ik-t2" style={{ marginTop: 8 }}>
          For a bug report, <code className="ik-q">npx innkeeper diagnose</code> collects what is needed,
          without secrets.
        </p>
      </Panel>
    </>
  );
}
