import { readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { invoicePages } from '../domains/billing/invoices/invoice-layout.ts';
import { renderPdf } from '../platform/pdf/pdf-render.ts';
import { invoiceDocumentForTest } from './invoice-document-for-test.ts';

/** Prints the test's invoice in a process of its own and says its SHA-256: `node invoice-print-child.ts <vms> <language>`. */
const resources = join(import.meta.dirname, '../../resources');
const [vms = '1', language = 'pl'] = process.argv.slice(2);
const pages = invoicePages(
  invoiceDocumentForTest(Number(vms)),
  { folder: join(resources, 'layouts') },
  language as 'en' | 'pl' | 'cs',
);
const font = (name: string): Buffer => readFileSync(join(resources, `fonts/Inter-${name}.ttf`));
const bytes = renderPdf(pages, { regular: font('Regular'), semibold: font('SemiBold') });
process.stdout.write(createHash('sha256').update(bytes).digest('hex'));
