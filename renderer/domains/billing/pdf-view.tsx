import './billing.css';
import { useEffect, useRef } from 'react';
import IconDownload from '@tabler/icons-react/dist/esm/icons/IconDownload.mjs';
import { toBytes } from '../../client/byte-feed.ts';
import IconFileOff from '@tabler/icons-react/dist/esm/icons/IconFileOff.mjs';
import type { ResultOf } from '../../client/operation-types.ts';
import { Button } from '../../ui/button.tsx';
import { saveFile } from '../../ui/csv.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { ErrorPanel, type ErrorWords } from '../../ui/error-panel.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { toast } from '../../ui/toast.ts';

type Pdf = ResultOf<'billing.invoicePdf'>;

/** A PDF as it is being read, or was. */
export interface PdfRead {
  data?: Pdf | undefined;
  loading: boolean;
  error: ErrorWords | null;
  refetch: () => void;
}

async function savePdf(pdf: Pdf): Promise<void> {
  if (!window.innkeeper) {
    saveFile(pdf.fileName, toBytes(pdf.base64), 'application/pdf');
    return;
  }
  try {
    const path = await window.innkeeper.ask('file.save', { name: pdf.fileName, base64: pdf.base64 });
    if (typeof path === 'string') toast('ok', 'Saved', path);
  } catch (error) {
    toast('bad', 'The PDF was not saved', error instanceof Error ? error.message : String(error));
  }
}

export function SavePdfButton({ pdf }: { pdf: PdfRead }) {
  return (
    <Button
      icon={IconDownload}
      busy={!pdf.data && pdf.loading}
      reason={pdf.data ? null : (pdf.error?.sentence ?? null)}
      onClick={() => {
        if (pdf.data) void savePdf(pdf.data);
      }}
    >
      Download PDF
    </Button>
  );
}

/** The document itself, drawn by the browser's own viewer from an object of this page. */
export function PdfView({ pdf, name }: { pdf: PdfRead; name: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const base64 = pdf.data?.base64;
  useEffect(() => {
    if (base64 === undefined || !frame.current) return undefined;
    const url = URL.createObjectURL(new Blob([toBytes(base64)], { type: 'application/pdf' }));
    frame.current.src = `${url}#toolbar=0&navpanes=0&view=FitH`;
    return () => {
      URL.revokeObjectURL(url);
    };
  }, [base64]);
  if (!navigator.pdfViewerEnabled) {
    return (
      <EmptyState
        icon={IconFileOff}
        title="This window cannot draw PDFs"
        action={<SavePdfButton pdf={pdf} />}
      >
        Its viewer of PDFs is switched off. Download {name} and open it with another program.
      </EmptyState>
    );
  }
  if (base64 !== undefined) return <iframe ref={frame} title={`PDF of ${name}`} />;
  return pdf.error ? (
    <ErrorPanel title="The PDF could not be drawn" error={pdf.error} onRetry={pdf.refetch} />
  ) : (
    <Skeleton rows={12} />
  );
}
