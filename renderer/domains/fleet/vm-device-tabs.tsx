import { useQuery } from '../../client/use-query.ts';
import { CopyButton } from '../../ui/copy-button.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Timestamp } from '../../ui/moment.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';

/** What happened to it, newest first. */
export function VmEventsTab({ vmId }: { vmId: string }) {
  const events = useQuery('fleet.vmEvents', { vmId, limit: 200 });
  if (!events.data)
    return events.error ? (
      <ErrorPanel error={events.error} onRetry={events.refetch} />
    ) : (
      <Skeleton rows={6} />
    );
  if (events.data.rows.length === 0)
    return <p className="ik-sm ik-t3">Nothing has happened to it since its host was added.</p>;
  return (
    <table className="ik-tb">
      <colgroup>
        <col style={{ width: 130 }} />
        <col style={{ width: 130 }} />
        <col />
      </colgroup>
      <thead>
        <tr>
          <th>When</th>
          <th>Event</th>
          <th>Detail</th>
        </tr>
      </thead>
      <tbody>
        {events.data.rows.map((event, at) => (
          <tr key={`${event.at}${at}`}>
            <td className="ik-t2">
              <Timestamp atMs={Date.parse(event.at)} />
            </td>
            <td className="ik-med">{event.event}</td>
            <td className="ik-t2" title={event.detail}>
              {event.detail}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The VM's own libvirt XML, read from its host now. */
export function VmXmlTab({ vmId }: { vmId: string }) {
  const answer = useQuery('fleet.vmXml', { vmId });
  if (!answer.data) {
    return answer.error ? (
      <ErrorPanel title="The XML could not be read" error={answer.error} onRetry={answer.refetch} />
    ) : (
      <Skeleton rows={12} />
    );
  }
  const { xml } = answer.data;
  return (
    <div className="ik-fill">
      <div className="ik-row">
        <span className="ik-xs ik-t3">As libvirt has it on its host; read only.</span>
        <span className="ik-end">
          <CopyButton text={xml} label="Copy XML" />
        </span>
      </div>
      <pre className="ik-xml" tabIndex={0} aria-label="XML">
        {xml}
      </pre>
    </div>
  );
}
