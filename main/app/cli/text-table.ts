/** A column of a table of text: its head, and what it says of a row. */
export interface TextColumn<Row> {
  readonly title: string;
  readonly align?: 'right';
  text(row: Row): string;
}

/** Rows as lines of text in columns as wide as what stands in them, under their heads. */
export function textTable<Row>(columns: readonly TextColumn<Row>[], rows: readonly Row[]): string {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map((of) => of.text(row)))];
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => (line[at] ?? '').length)));
  const lines = cells.map((line) =>
    line
      .map((words, at) => {
        const width = widths[at] ?? 0;
        return columns[at]?.align === 'right' ? words.padStart(width) : words.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
}
