import { useState } from 'react';
import IconDownload from '@tabler/icons-react/dist/esm/icons/IconDownload.mjs';
import { Button } from './button.tsx';
import { csvText, readAll, saveFile } from './csv.ts';
import { wordsOf } from './row-source.ts';
import type { RowSource } from './row-source.ts';
import type { TableColumn } from './table-column.ts';
import { toast } from './toast.ts';

/** Saves every row that matches, in the columns that are shown. */
export function CsvButton<Row>(props: {
  fileName: string;
  source: RowSource<Row>;
  columns: readonly TableColumn<Row>[];
}) {
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      const rows = await readAll(props.source.loadPage, new AbortController().signal);
      saveFile(props.fileName, csvText(props.columns, rows), 'text/csv');
    } catch (error) {
      toast('bad', 'The list was not saved', wordsOf(props.source, error).sentence);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button kind="ghost" size="sm" icon={IconDownload} busy={busy} onClick={() => void save()}>
      CSV
    </Button>
  );
}
