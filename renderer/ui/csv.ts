import { csvLine } from '../../shared/kernel/csv-text.ts';
import type { LoadPage } from './row-list.ts';
import type { TableColumn } from './table-column.ts';

/** RFC 4180 text of the rows, with the columns' titles as the head. */
export function csvText<Row>(columns: readonly TableColumn<Row>[], rows: readonly Row[]): string {
  const exported = columns.filter((column) => column.text);
  const lines = [csvLine(exported.map((column) => column.title))];
  for (const row of rows) lines.push(csvLine(exported.map((column) => column.text?.(row) ?? '')));
  return `${lines.join('\r\n')}\r\n`;
}

/** Reads every page of a list; for exports. */
export async function readAll<Row>(loadPage: LoadPage<Row>, signal: AbortSignal): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | undefined;
  do {
    const page = await loadPage(cursor, signal);
    rows.push(...page.rows);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return rows;
}

/** Hands a file to the browser or the desktop's save dialog. */
export function saveFile(name: string, content: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 60_000);
}
