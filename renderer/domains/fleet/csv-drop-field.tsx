import { useState } from 'react';
import IconFileSpreadsheet from '@tabler/icons-react/dist/esm/icons/IconFileSpreadsheet.mjs';
import { Button } from '../../ui/button.tsx';
import { TextAreaField } from '../../ui/form-field.tsx';
import { toast } from '../../ui/toast.ts';

const MAX_BYTES = 1_000_000;

function isNamedText(answer: unknown): answer is { name: string; text: string } {
  return typeof answer === 'object' && answer !== null && 'text' in answer && typeof answer.text === 'string';
}

async function readList(file: File | null | undefined): Promise<string | null> {
  if (!file) return null;
  if (file.size > MAX_BYTES) {
    toast('bad', `${file.name} is too large`, 'A list of hosts has less than a megabyte.');
    return null;
  }
  return await file.text();
}

async function choose(): Promise<string | null> {
  if (window.innkeeper) {
    const answer = await window.innkeeper.ask('file.readText', {
      title: 'Choose a list of hosts',
      filters: [{ name: 'CSV', extensions: ['csv', 'tsv', 'txt'] }],
    });
    return isNamedText(answer) ? answer.text : null;
  }
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = '.csv,.tsv,.txt,text/csv';
  const chosen = new Promise<File | null>((resolve) => {
    input.addEventListener('change', () => {
      resolve(input.files?.[0] ?? null);
    });
    input.addEventListener('cancel', () => {
      resolve(null);
    });
  });
  input.click();
  return await readList(await chosen);
}

/** A CSV: dropped as a file, chosen, or pasted. */
export function CsvDropField(props: {
  value: string;
  onText: (text: string) => void;
  error?: string | undefined;
}) {
  const [over, setOver] = useState(false);
  const take = (text: string | null): void => {
    if (text !== null) props.onText(text);
  };
  return (
    <div
      className="ik-drop"
      data-over={over || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => {
        setOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void readList(event.dataTransfer.files[0]).then(take);
      }}
    >
      <TextAreaField
        label="List of hosts"
        description="Drop a CSV here or paste its text: a host on each line, with commas, semicolons or tabs."
        placeholder={
          'name,address,user,cluster,labels\nhv1,192.0.2.11,root,Main,ssd\nhv2,192.0.2.12,root,Main,'
        }
        minRows={4}
        maxRows={10}
        styles={{ input: { fontFamily: 'var(--ik-mono)', fontSize: 11 } }}
        value={props.value}
        error={props.error}
        onChange={(event) => {
          props.onText(event.currentTarget.value);
        }}
      />
      <div style={{ marginTop: 8 }}>
        <Button size="sm" icon={IconFileSpreadsheet} onClick={() => void choose().then(take)}>
          Choose a file…
        </Button>
      </div>
    </div>
  );
}
