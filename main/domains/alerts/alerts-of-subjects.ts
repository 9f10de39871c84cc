import { sql, type Expression, type Kysely, type SqlBool } from 'kysely';
import type { InputOf, OutputOf } from '../../../shared/contract/operation.ts';
import type { AlertSeverity, alertsContract } from '../../../shared/domains/alerts/alerts-contract.ts';
import { urgency } from './alert-list.ts';
import { alertRowOf } from './alert-store.ts';
import type { AlertsTables } from './alerts-tables.ts';
import { silenceWords } from './silence-store.ts';

type Db = Kysely<AlertsTables>;
type Operation = typeof alertsContract.alertsOf;

const SHOWN = 20;

/** As the indexes have them: a parameter would not find them. */
const isOpen = sql<boolean>`alert.state <> 'resolved'`;
const FIRING = sql`from alert where state = 'firing'`;
const ofSeverity = (severities: readonly string[] | undefined) =>
  severities === undefined ? sql`` : sql` and severity in (${sql.join(severities)})`;

/** What is open about a VM, or about a host and its pools; and how much about the VMs on that host. */
export async function alertsOf(db: Db, { kind, id }: InputOf<Operation>): Promise<OutputOf<Operation>> {
  const open = db.selectFrom('alert').where(isOpen);
  const about =
    kind === 'vm'
      ? open.where('subject_kind', '=', 'vm').where('subject_id', '=', id)
      : open.where('host_id', '=', id).where('subject_kind', 'in', ['host', 'pool']);
  const rows = await about
    .selectAll()
    .orderBy(urgency)
    .orderBy('id')
    .limit(SHOWN + 1)
    .execute();
  const { onVms } =
    kind === 'vm'
      ? { onVms: 0 }
      : await open
          .where('host_id', '=', id)
          .where('subject_kind', '=', 'vm')
          .select((of) => of.fn.countAll<number>().as('onVms'))
          .executeTakeFirstOrThrow();
  const words = await silenceWords(db, [...new Set(rows.map((row) => row.silence_id))]);
  return {
    rows: rows.slice(0, SHOWN).map((row) => alertRowOf(row, words)),
    more: rows.length > SHOWN,
    onVms: Number(onVms),
  };
}

/** For lists of VMs: the VM of this id has an alert that fires, of one of these severities or of any. */
export function vmAlerts(
  vmId: Expression<string>,
  severities?: readonly AlertSeverity[],
): Expression<SqlBool> {
  return sql<SqlBool>`${vmId} in (select subject_id ${FIRING} and subject_kind = 'vm'${ofSeverity(severities)})`;
}

/** The same of a host itself or of one of its pools. */
export function hostAlerts(
  hostId: Expression<string>,
  severities?: readonly AlertSeverity[],
): Expression<SqlBool> {
  return sql<SqlBool>`${hostId} in (select host_id ${FIRING} and subject_kind in ('host', 'pool')${ofSeverity(severities)})`;
}
