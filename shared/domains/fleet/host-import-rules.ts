/** What a column of an imported list can be. */
export const IMPORT_FIELDS = [
  'name',
  'address',
  'port',
  'user',
  'jump',
  'cluster',
  'labels',
  'fingerprint',
] as const;
export type ImportField = (typeof IMPORT_FIELDS)[number];

/** Words under which lists of hosts name their columns, beside the fields' own. */
const OTHER_NAMES: Readonly<Record<ImportField, readonly string[]>> = {
  name: ['host', 'hostname', 'host name', 'server', 'node'],
  address: ['ip', 'ip address', 'ipv4', 'fqdn', 'dns', 'ssh address', 'ansible_host'],
  port: ['ssh port', 'ansible_port'],
  user: ['username', 'login', 'ssh user', 'ansible_user'],
  jump: ['jump host', 'proxyjump', 'bastion', 'via', 'gateway'],
  cluster: ['group', 'site', 'dc', 'data centre', 'datacenter', 'location'],
  labels: ['label', 'tags', 'tag'],
  fingerprint: ['host key', 'ssh fingerprint', 'key'],
};

/** One host of a list, as it is written there. */
export interface ImportLine {
  /** Where it stands in the list, from 1. */
  readonly line: number;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly jump: readonly string[];
  /** Name of a cluster; empty: the one that is there longest. */
  readonly cluster: string;
  readonly labels: readonly string[];
  /** `SHA256:…` as an inventory knows it; empty where it has none. */
  readonly fingerprint: string;
}

export interface ImportReading {
  readonly line: ImportLine;
  /** What is wrong with it, in words; such a line is not imported. */
  readonly problems: readonly string[];
}

/** The cells of a CSV (RFC 4180; commas, semicolons or tabs, whichever the first line has most of). Empty lines are left out. */
export function csvCells(text: string): string[][] {
  const separator = separatorOf(text);
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let isQuoted = false;
  const endRow = (): void => {
    row.push(cell);
    if (row.some((each) => each.trim() !== '')) rows.push(row.map((each) => each.trim()));
    row = [];
    cell = '';
  };
  // A mark of the byte order, with which spreadsheets begin.
  const from = text.startsWith('\uFEFF') ? 1 : 0;
  for (let at = from; at < text.length; at += 1) {
    const letter = text[at] ?? '';
    if (isQuoted) {
      if (letter !== '"') cell += letter;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else isQuoted = false;
    } else if (letter === '"' && cell.trim() === '') {
      isQuoted = true;
      cell = '';
    } else if (letter === separator) {
      row.push(cell);
      cell = '';
    } else if (letter === '\n') endRow();
    else if (letter !== '\r') cell += letter;
  }
  endRow();
  return rows;
}

function separatorOf(text: string): string {
  const [first = ''] = text.split('\n').filter((line) => line.trim() !== '');
  const count = (separator: string): number => first.split(separator).length;
  // Where two are equal it is no comma: numbers and sentences have those.
  return ['\t', ';', ','].reduce((best, each) => (count(each) > count(best) ? each : best));
}

/** What each column is, by the words of the first row; null for one that is not known. */
export function guessColumns(header: readonly string[]): (ImportField | null)[] {
  const taken = new Set<ImportField>();
  return header.map((cell) => {
    const word = cell
      .toLowerCase()
      .replaceAll(/[_\s]+/g, ' ')
      .trim();
    const field = IMPORT_FIELDS.find(
      (each) =>
        !taken.has(each) &&
        (each === word || OTHER_NAMES[each].some((other) => other.replaceAll('_', ' ') === word)),
    );
    if (field !== undefined) taken.add(field);
    return field ?? null;
  });
}

/** Whether the first row names columns and is no host. */
export function isHeader(row: readonly string[]): boolean {
  return guessColumns(row).some((field) => field !== null);
}

/** Columns of a list without a header: name and address, or the address alone. */
export function columnsWithoutHeader(row: readonly string[]): (ImportField | null)[] {
  return row.length === 1 ? ['address'] : row.map((_cell, at) => IMPORT_FIELDS[at] ?? null);
}

const ADDRESS = /^[^\s/@]+$/;
const JUMP = /^(?:[^@\s]+@)?(?:\[[^\]\s]+\]|[^@:\s]+)(?::\d{1,5})?$/;
const LABEL = /^[a-z0-9][a-z0-9._-]{0,39}$/;
const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}=?$/;

/** Reads the hosts of a list. Without columns they are guessed; a first row that names columns is none of the hosts. */
export function readImport(
  cells: readonly (readonly string[])[],
  options: {
    readonly columns?: readonly (ImportField | null)[];
    readonly hasHeader?: boolean;
  } = {},
): ImportReading[] {
  const [first] = cells;
  if (first === undefined) return [];
  const hasHeader = options.hasHeader ?? isHeader(first);
  const columns = options.columns ?? (hasHeader ? guessColumns(first) : columnsWithoutHeader(first));
  const rows = cells.slice(hasHeader ? 1 : 0);
  const lines = rows.map((row, at) => lineOf(row, columns, at + 1));
  const doors = new Map<string, number>();
  const names = new Map<string, number>();
  return lines.map(({ line, problems }) => {
    const door = `${line.address.toLowerCase()} ${line.port}`;
    const sameDoor = line.address === '' ? undefined : doors.get(door);
    const sameName = line.name === '' ? undefined : names.get(line.name);
    doors.set(door, sameDoor ?? line.line);
    names.set(line.name, sameName ?? line.line);
    return {
      line,
      problems: [
        ...problems,
        ...(sameDoor === undefined ? [] : [`It is the same host as line ${sameDoor}.`]),
        ...(sameName === undefined ? [] : [`Line ${sameName} is called ${line.name}, too.`]),
      ],
    };
  });
}

function lineOf(
  row: readonly string[],
  columns: readonly (ImportField | null)[],
  lineNumber: number,
): ImportReading {
  const cell = (field: ImportField): string => row[columns.indexOf(field)]?.trim() ?? '';
  const many = (text: string): string[] => text.split(/[\s,;|]+/).filter((word) => word !== '');
  const port = cell('port') === '' ? 22 : Number(cell('port'));
  const jump = many(cell('jump'));
  const labels = [...new Set(many(cell('labels').toLowerCase()))];
  const line: ImportLine = {
    line: lineNumber,
    name: cell('name'),
    address: cell('address') || cell('name'),
    port: Number.isInteger(port) ? port : 0,
    user: cell('user') || 'root',
    jump,
    cluster: cell('cluster'),
    labels,
    fingerprint: cell('fingerprint'),
  };
  const problems = [
    line.address === '' ? 'It has no address.' : '',
    line.address !== '' && (!ADDRESS.test(line.address) || line.address.length > 253)
      ? `"${line.address}" is no name or address of a host.`
      : '',
    line.port < 1 || line.port > 65_535 ? `"${cell('port')}" is no port: from 1 to 65535.` : '',
    line.name.length > 63 ? 'The name is longer than 63 letters.' : '',
    jump.length > 4 ? 'It has more than four jump hosts.' : '',
    ...jump.map((each) => (JUMP.test(each) ? '' : `"${each}" is no jump host: user@address:port.`)),
    ...labels.map((each) =>
      LABEL.test(each) ? '' : `"${each}" is no label: letters, digits, dots and dashes.`,
    ),
    line.fingerprint === '' || FINGERPRINT.test(line.fingerprint)
      ? ''
      : 'Its fingerprint is not of the form SHA256:….',
  ].filter((problem) => problem !== '');
  return { line, problems };
}
