import { useState } from 'react';
import type { TextareaProps } from '@mantine/core';
import IconFile from '@tabler/icons-react/dist/esm/icons/IconFile.mjs';
import { Button } from '../../ui/button.tsx';
import { TextAreaField } from '../../ui/form-field.tsx';
import { toast } from '../../ui/toast.ts';

/** A key is a few kilobytes; what is larger is another file. */
const MAX_BYTES = 100_000;

function isNamedText(answer: unknown): answer is { name: string; text: string } {
  return typeof answer === 'object' && answer !== null && 'text' in answer && typeof answer.text === 'string';
}

async function chooseInBrowser(): Promise<string | null> {
  const input = document.createElement('input');
  input.type = 'file';
  const chosen = new Promise<File | null>((resolve) => {
    input.addEventListener('change', () => {
      resolve(input.files?.[0] ?? null);
    });
    input.addEventListener('cancel', () => {
      resolve(null);
    });
  });
  input.click();
  return readKey(await chosen);
}

async function chooseOnDesktop(): Promise<string | null> {
  const answer = await window.innkeeper?.ask('file.readText', { title: 'Choose a private key', filters: [] });
  return isNamedText(answer) ? answer.text : null;
}

async function readKey(file: File | null | undefined): Promise<string | null> {
  if (!file) return null;
  if (file.size > MAX_BYTES) {
    toast('bad', `${file.name} is not a key`, 'It is larger than 100 kB.');
    return null;
  }
  return file.text();
}

/** A private key: dropped as a file, chosen, or pasted. It goes to the engine of this machine and is sealed there. */
export function KeyFileField({ onKey, ...props }: TextareaProps & { onKey: (text: string) => void }) {
  const [over, setOver] = useState(false);
  const take = (text: string | null): void => {
    if (text !== null) onKey(text);
  };
  const choose = async (): Promise<void> => {
    take(window.innkeeper ? await chooseOnDesktop() : await chooseInBrowser());
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
        void readKey(event.dataTransfer.files[0]).then(take);
      }}
    >
      <TextAreaField
        label="Private key"
        description="Drop the file here or paste its text. It is sealed on this machine and never written to the log."
        placeholder="-----BEGIN OPENSSH PRIVATE KEY-----"
        minRows={3}
        maxRows={5}
        styles={{ input: { fontFamily: 'var(--ik-mono)', fontSize: 11 } }}
        {...props}
      />
      <div style={{ marginTop: 8 }}>
        <Button size="sm" icon={IconFile} onClick={() => void choose()}>
          Choose a file…
        </Button>
      </div>
    </div>
  );
}
