import { useQuery } from '../../client/use-query.ts';
import { PdfView, SavePdfButton } from './pdf-view.tsx';

/** The PDF as it was issued. It never changes, so no change of the store makes it be read again. */
export function useInvoicePdf(invoiceId: string) {
  return useQuery('billing.invoicePdf', { invoiceId }, { topics: [] });
}

export function DownloadPdfButton({ invoiceId }: { invoiceId: string }) {
  return <SavePdfButton pdf={useInvoicePdf(invoiceId)} />;
}

/** The document itself, drawn by the browser's own viewer. */
export function InvoiceDocumentView({ invoiceId, number }: { invoiceId: string; number: string }) {
  return <PdfView pdf={useInvoicePdf(invoiceId)} name={number} />;
}
