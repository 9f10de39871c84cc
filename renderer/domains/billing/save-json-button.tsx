import { useState } from 'react';
import IconDownload from '@tabler/icons-react/dist/esm/icons/IconDownload.mjs';
import { useEngine } from '../../client/engine-context.tsx';
import { errorWords } from '../../client/error-words.ts';
import { Button } from '../../ui/button.tsx';
import { saveFile } from '../../ui/csv.ts';
import { toast } from '../../ui/toast.ts';

type Client = ReturnType<typeof useEngine>['client'];

/** Saves an invoice as it is kept; its SHA-256 is the one on the page. */
export function SaveJsonButton({ invoiceId }: { invoiceId: string }) {
  return <JsonButton read={async (client) => await client.query('billing.invoiceJson', { invoiceId })} />;
}

/** Saves an invoice in the form that accounting programs read. */
export function SaveUblButton({ invoiceId }: { invoiceId: string }) {
  return (
    <SaveButton
      words="Save as UBL"
      type="application/xml"
      read={async (client) => {
        const { fileName, xml } = await client.query('billing.invoiceUbl', { invoiceId });
        return { fileName, text: xml };
      }}
    />
  );
}

/** Saves a document as it is kept. */
export function JsonButton(props: { read: (client: Client) => Promise<{ fileName: string; json: string }> }) {
  return (
    <SaveButton
      words="Save as JSON"
      type="application/json"
      read={async (client) => {
        const { fileName, json } = await props.read(client);
        return { fileName, text: json };
      }}
    />
  );
}

function SaveButton(props: {
  words: string;
  type: string;
  read: (client: Client) => Promise<{ fileName: string; text: string }>;
}) {
  const { client } = useEngine();
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      const { fileName, text } = await props.read(client);
      saveFile(fileName, text, props.type);
    } catch (error) {
      toast('bad', 'The document was not saved', errorWords(error).sentence);
    }
    setBusy(false);
  };
  return (
    <Button size="sm" icon={IconDownload} busy={busy} onClick={() => void save()}>
      {props.words}
    </Button>
  );
}
