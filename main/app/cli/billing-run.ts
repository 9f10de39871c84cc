import type { OperationAt, OperationName } from '../../../shared/contract/contract.ts';
import type { CallInputOf, OutputOf } from '../../../shared/contract/operation.ts';
import { OPEN_RUN_STATES } from '../../../shared/domains/runs/run-rules.ts';
import type { BillingRunDetail } from '../../../shared/domains/runs/runs-contract.ts';
import { addMonths, localDate, type LocalDate } from '../../../shared/kernel/local-date.ts';
import type { Currency } from '../../../shared/kernel/money.ts';
import { awaitTask } from './await-task.ts';
import { progressText, reportText, rowsText, runText } from './billing-run-words.ts';
import type { PipeCaller } from './call-over-pipe.ts';
import { CommandLineError, type CommandLine } from './command-line.ts';
import { EXIT } from './exit-codes.ts';
import type { Terminal } from './run-command-line.ts';

/** Rows of a run that are shown unless `--limit` says otherwise, and the most of one page. */
const ROWS_SHOWN = 50;
const ROWS_MOST = 500;

const VERBS = { preview, show, approve, post, report } as const;

interface Asked {
  readonly ask: Ask;
  readonly caller: PipeCaller;
  readonly flags: CommandLine['flags'];
  /** Id of a run; else the newest one of `--company` and `--month` is meant. */
  readonly named: string | undefined;
  readonly on: Pick<Terminal, 'print' | 'say' | 'signal'>;
}

type Ask = <N extends OperationName>(
  name: N,
  input: CallInputOf<OperationAt<N>>,
) => Promise<OutputOf<OperationAt<N>>>;

/**
 * `innkeeper billing run preview | show | approve | post | report`: a billing run from its preview to its report, by the same operations
 * as the console. Prints tables, or with `--json` what the operation answers.
 *
 * @returns the exit code: 4 where the run's task failed or stands still
 */
export async function billingRun(
  caller: PipeCaller,
  line: CommandLine,
  [verb = '', named]: readonly string[],
  on: Asked['on'],
): Promise<number> {
  const work = Object.hasOwn(VERBS, verb) ? VERBS[verb as keyof typeof VERBS] : undefined;
  if (work === undefined)
    throw new CommandLineError(
      `"billing run ${verb}" is not known: there are "billing run ${Object.keys(VERBS).join('", "billing run ')}".`,
    );
  const ask: Ask = async <N extends OperationName>(name: N, input: CallInputOf<OperationAt<N>>) => {
    const { key } = line.flags;
    return (await caller.call(name, input, { key, signal: on.signal })) as OutputOf<OperationAt<N>>;
  };
  return await work({ ask, caller, flags: line.flags, named, on });
}

async function preview(of: Asked): Promise<number> {
  const { ask, flags, on } = of;
  const period = periodOf(flags.month);
  if (period === undefined)
    throw new CommandLineError('Which month? innkeeper billing run preview --month 2026-10');
  const companyId = await companyIdOf(of);
  const { runId, taskId } = await ask('runs.runCreate', {
    ...period,
    ...(companyId !== undefined && { companyId }),
    ...(flags.currency !== undefined && { currency: flags.currency as Currency }),
    ...(flags.query !== undefined && { query: flags.query }),
  });
  on.say(`${runId} is previewed`);
  await followed(of, { runId, taskId });
  return shown(of, await ask('runs.runGet', { runId }), runText);
}

async function show(of: Asked): Promise<number> {
  const { ask, flags, on } = of;
  const run = await runAsked(of);
  if (flags.rows === undefined) return shown(of, run, runText);
  const query = flags.rows;
  const page = await ask('runs.runRows', { runId: run.id, query, limit: limitOf(flags.limit) });
  on.print(flags.json ? JSON.stringify(page) : rowsText(page));
  return EXIT.done;
}

async function approve(of: Asked): Promise<number> {
  const { ask, flags, on } = of;
  const run = await runAsked(of);
  if (flags.digest === undefined || flags.count === undefined)
    throw new CommandLineError(
      `Which preview, of how many documents? "innkeeper billing run show ${run.id}" says its --digest and --count.`,
    );
  const started = await ask('runs.runApprove', {
    runId: run.id,
    digest: flags.digest,
    confirmCount: wholeNumber('--count', flags.count),
    ...(flags.date !== undefined && { issuedOn: flags.date as LocalDate }),
    note: flags.note ?? '',
  });
  on.say(`${run.id} is approved: "innkeeper billing run post ${run.id}" stays with it until it is posted`);
  if (flags.json) on.print(JSON.stringify(started));
  return EXIT.done;
}

/** Stays with a run that is being posted, and goes on with one that stands still. */
async function post(of: Asked): Promise<number> {
  const { ask, flags } = of;
  const run = await runAsked(of);
  if (OPEN_RUN_STATES.includes(run.state))
    throw new CommandLineError(
      `${run.id} is not approved: "innkeeper billing run show ${run.id}" says what it would post.`,
    );
  if (run.state === 'aborted')
    throw new CommandLineError(
      `${run.id} was aborted, and posts nothing: "innkeeper billing run preview" prepares another.`,
    );
  let { taskId } = run;
  if (run.state === 'stopped') {
    const issuedOn = flags.date === undefined ? {} : { issuedOn: flags.date as LocalDate };
    ({ taskId } = await ask('runs.runGoOn', { runId: run.id, ...issuedOn }));
  }
  if (run.state === 'posting' || run.state === 'stopped') await followed(of, { runId: run.id, taskId });
  return shown(of, await ask('runs.runGet', { runId: run.id }), reportText);
}

async function report(of: Asked): Promise<number> {
  const run = await runAsked(of);
  if (run.report === null) throw new CommandLineError(`${run.id} is not posted: it is ${run.state}.`);
  return shown(of, run, reportText);
}

function shown(
  { flags, on }: Asked,
  run: BillingRunDetail,
  words: (run: BillingRunDetail) => string,
): number {
  on.print(flags.json ? JSON.stringify(run) : words(run));
  return ['failed', 'stopped', 'aborted'].includes(run.state) ? EXIT.failed : EXIT.done;
}

/** Until the task has ended; how far it is, and how long it takes yet, is said as it goes. */
async function followed({ ask, caller, on }: Asked, of: { runId: string; taskId: string }): Promise<void> {
  let last = '';
  await awaitTask(caller, of.taskId, {
    signal: on.signal,
    onLook: async () => {
      const words = progressText(await ask('runs.runGet', { runId: of.runId }));
      if (words !== last) on.say(words);
      last = words;
    },
  });
}

/** The run that is named, or the newest that was not aborted of a company and month. */
async function runAsked(of: Asked): Promise<BillingRunDetail> {
  const { ask, named, flags } = of;
  if (named !== undefined) return await ask('runs.runGet', { runId: named });
  const period = periodOf(flags.month);
  if (period === undefined)
    throw new CommandLineError(
      'Which run? Give its id, or --month 2026-10 and, where several sell, --company.',
    );
  const companyId = await companyIdOf(of);
  const states = 'state:previewing,ready,returned,failed,posting,stopped,posted';
  const own = companyId === undefined ? '' : ` companyid:${companyId}`;
  const query = `${states}${own} period:${period.periodStart}`;
  const { rows } = await ask('runs.runList', { query, limit: ROWS_MOST });
  const run = rows.find(({ periodEndExclusive: end }) => end === period.periodEndExclusive);
  if (run === undefined)
    throw new CommandLineError(
      `There is no billing run of ${flags.month}: innkeeper billing run preview --month ${flags.month}`,
    );
  return await ask('runs.runGet', { runId: run.id });
}

/** Of the company that `--company` names, by id or name; the default one's where none is named. */
async function companyIdOf({ ask, flags }: Asked): Promise<string | undefined> {
  const { rows } = await ask('companies.companyList', {});
  const { company } = flags;
  if (company === undefined) return rows.find(({ isDefault }) => isDefault)?.id;
  const found = rows.filter(
    ({ id, name }) => id === company || name.toLowerCase() === company.trim().toLowerCase(),
  );
  const [one] = found;
  if (one !== undefined && found.length === 1) return one.id;
  const names = rows.map(({ id, name }) => `${name} (${id})`).join(', ');
  throw new CommandLineError(
    found.length === 0
      ? `There is no company "${company}": there are ${names}.`
      : `Several companies are called "${company}": give the id of one of ${names}.`,
  );
}

function periodOf(
  month: string | undefined,
): Pick<CallInputOf<OperationAt<'runs.runCreate'>>, 'periodStart' | 'periodEndExclusive'> | undefined {
  if (month === undefined) return undefined;
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month))
    throw new CommandLineError(`--month takes a year and month such as 2026-10, not "${month}".`);
  const periodStart = localDate(`${month}-01`);
  return { periodStart, periodEndExclusive: addMonths(periodStart, 1) };
}

function limitOf(limit: string | undefined): number {
  if (limit === undefined) return ROWS_SHOWN;
  return Math.min(wholeNumber('--limit', limit), ROWS_MOST);
}

function wholeNumber(flag: string, words: string): number {
  if (!/^[1-9]\d{0,6}$/.test(words.replaceAll(',', '')))
    throw new CommandLineError(`${flag} takes a whole number, not "${words}".`);
  return Number(words.replaceAll(',', ''));
}
