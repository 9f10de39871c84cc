import { useInstallations } from '../../client/installations.tsx';
import { formatCount } from '../../ui/format.ts';
import { Note } from '../../ui/note.tsx';
import { baseOf } from '../../ui/page-base.ts';

/** How many there are in each installation, and which did not answer; actions on many begin in one of them. */
export function VmEverywhereNotes(props: {
  query: string;
  totals: ReadonlyMap<string, number>;
  away: ReadonlyMap<string, string>;
}) {
  const { all } = useInstallations();
  const { query, totals, away } = props;
  const search = query === '' ? '' : `?${new URLSearchParams({ query }).toString()}`;
  return (
    <div className="ik-everywhere">
      {[...away].map(([name, why]) => (
        <Note key={name} tone="warn">
          <b>{all.find((each) => each.name === name)?.label ?? name} did not answer</b>, so its VMs are not
          among these. {why} It is tried again by itself.
        </Note>
      ))}
      <div className="ik-row ik-sm ik-t2">
        <span>Actions on many are made in one installation at a time:</span>
        {all
          .filter((each) => totals.has(each.name))
          .map((each) => (
            // Another installation is another document, so this is a link of the browser and not of the router.
            <a key={each.name} className="ik-link" href={`${baseOf(each.name)}/vms${search}`}>
              {each.label} {formatCount(totals.get(each.name) ?? 0)}
            </a>
          ))}
      </div>
    </div>
  );
}
