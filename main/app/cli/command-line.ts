import { parseArgs } from 'node:util';
import type { SETTINGS } from '../settings/settings.ts';

/** Words of the command line that cannot be used; printed with exit code 2. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

export interface CommandLine {
  readonly words: readonly string[];
  readonly flags: {
    readonly json: boolean;
    readonly wait: boolean;
    readonly help: boolean;
    readonly version: boolean;
    readonly key: string | undefined;
    readonly after: string | undefined;
    readonly hosts: string | undefined;
    readonly vms: string | undefined;
    readonly out: string | undefined;
    readonly everywhere: boolean;
    readonly sort: string | undefined;
    readonly limit: string | undefined;
    readonly company: string | undefined;
    readonly month: string | undefined;
    readonly currency: string | undefined;
    readonly query: string | undefined;
    readonly rows: string | undefined;
    readonly digest: string | undefined;
    readonly count: string | undefined;
    readonly date: string | undefined;
    readonly note: string | undefined;
  };
  readonly settings: Partial<Record<keyof typeof SETTINGS, string>>;
}

const NO_FLAGS = {
  key: undefined,
  after: undefined,
  hosts: undefined,
  vms: undefined,
  out: undefined,
  sort: undefined,
  limit: undefined,
  company: undefined,
  month: undefined,
  currency: undefined,
  query: undefined,
  rows: undefined,
  digest: undefined,
  count: undefined,
  date: undefined,
  note: undefined,
};

/** @throws CommandLineError naming the word that is not understood */
export function readCommandLine(argv: readonly string[]): CommandLine {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        wait: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        version: { type: 'boolean', default: false },
        key: { type: 'string' },
        after: { type: 'string' },
        hosts: { type: 'string' },
        vms: { type: 'string' },
        out: { type: 'string' },
        everywhere: { type: 'boolean', default: false },
        sort: { type: 'string' },
        limit: { type: 'string' },
        company: { type: 'string' },
        month: { type: 'string' },
        currency: { type: 'string' },
        query: { type: 'string' },
        rows: { type: 'string' },
        digest: { type: 'string' },
        count: { type: 'string' },
        date: { type: 'string' },
        note: { type: 'string' },
        installation: { type: 'string' },
        store: { type: 'string' },
        login: { type: 'string' },
      },
    });
    const { store, login, installation, ...flags } = values;
    return {
      words: positionals,
      // Absent is not the same as there and undefined.
      flags: { ...NO_FLAGS, ...flags },
      settings: {
        ...(store === undefined ? {} : { store }),
        ...(login === undefined ? {} : { login }),
        ...(installation === undefined ? {} : { installation }),
      },
    };
  } catch (error) {
    throw new CommandLineError(error instanceof Error ? error.message : String(error));
  }
}

export const USAGE = `innkeeper: hosts, guests and the bill

  innkeeper ops [--json]                    every operation, with what it takes
  innkeeper call OPERATION [JSON] [--key K] [--wait]
                                            calls one; the result is JSON on stdout. JSON "-" reads stdin.
                                            --key: the same key has its effect once. --wait: waits for the task it starts.
  innkeeper vms [QUERY] [--everywhere] [--sort=-cpu] [--limit 100]
                                            VMs by query, a line of JSON each. --everywhere: of all installations, in one order.
  innkeeper installations                   those of the settings: their names and stores
  innkeeper follow FEED [JSON] [--after C]  items of a feed, a line each, until interrupted
  innkeeper audit verify                    recomputes the audit log's hash chain
  innkeeper ledger verify                   recomputes the ledger
  innkeeper usage import FILE               records usage events of a .csv, or of lines of JSON (- for stdin)
  innkeeper billing replay FILE [--json]    runs billing stories or vectors through the rating core; needs no store
  innkeeper billing run preview --month 2026-10 [--company NAME] [--currency EUR] [--query QUERY]
                                            works out what a month's invoices would be; nothing is posted
  innkeeper billing run show | post | report [RUN | --month 2026-10 [--company NAME]] [--json]
                                            what a run comes to (show --rows QUERY: its rows); stays with its posting; what came of it
  innkeeper billing run approve RUN --digest D --count N [--date DAY] [--note WORDS]
                                            approves the preview that show has shown
  innkeeper backup FILE                     copies the embedded store into one file, in use or not
  innkeeper restore FILE                    puts such a file in place of the embedded store
  innkeeper diagnose [--out FILE]           collects what a bug report needs, secrets removed
  innkeeper practice [--hosts 3] [--vms 60] simulated hosts that speak the real protocol
  innkeeper worker                          an engine without a window, holding duties

  --store sqlite:FILE | postgres://…        another store than the settings' (INNKEEPER_STORE)
  --installation NAME                       one of the settings' installations (INNKEEPER_INSTALLATION)
  --login NAME                              who calls, for the audit log

Exit codes: 0 done · 1 a bug, or a story that failed · 2 bad input, with its path · 3 refused, with its code · 4 the outside world failed
`;
