import { OperatingFailure } from '../../../platform/calls/operating-failure.ts';
import type { PdfDocument } from '../../../platform/pdf/pdf-document.ts';
import { CannotBeDrawn, NotDrawn } from '../../../platform/pdf/pdf-press.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import type { BillingParts } from '../billing-parts.ts';
import { picturesOf } from '../companies/company-images.ts';
import {
  LAYOUT_EDITION,
  layoutOf,
  type DocumentLanguage,
  type DocumentLine,
  type InvoiceBody,
  type CreditNoteDocument,
  type InvoiceDocument,
} from '../invoices/invoice-document.ts';
import { invoicePages } from '../invoices/invoice-layout.ts';
import { repairReason } from '../invoices/repair-reason.ts';

type Parts = Pick<BillingParts, 'press' | 'layoutFolder'>;
type DrawnType = 'invoice' | 'credit-note';

/**
 * Finds invoices and credit notes whose pages could not be drawn before they are issued. Drawing every one takes longer than issuing it, and whether it can be
 * drawn depends on what parts it has, in which language and with which pictures, not on names and amounts: one of each kind is drawn, once.
 */
export class LayoutTrial {
  private readonly parts: Parts;
  private readonly db: AnyDatabase;
  private readonly drawn = new Map<string, string | undefined>();

  constructor(parts: Parts, db: AnyDatabase) {
    this.parts = parts;
    this.db = db;
  }

  /**
   * By which layout the pages of such an invoice cannot be drawn, and why; undefined: they can.
   * @throws Error where nobody can tell now: the press was closed, or the store is away
   */
  async faultOf(
    body: InvoiceBody,
    language: DocumentLanguage,
    type: DrawnType = 'invoice',
  ): Promise<string | undefined> {
    const lines = [...new Map(body.lines.map((line) => [kindOfLine(line), line])).values()];
    const kind = JSON.stringify([
      type,
      language,
      body.currency,
      body.seller.images,
      lines.map(kindOfLine).toSorted(),
      body.vatLines.map(({ vatCategory }) => vatCategory),
      body.notes,
      body.vatNational?.source,
      body.taxed !== undefined,
      body.settles !== undefined,
      body.settles?.some(({ vatNational }) => vatNational !== undefined),
    ]);
    if (!this.drawn.has(kind)) this.drawn.set(kind, await this.draw({ ...body, lines }, language, type));
    const fault = this.drawn.get(kind);
    return fault && `the layout ${LAYOUT} in ${LANGUAGE_NAMES[language]}: ${fault}`;
  }

  private async draw(
    body: InvoiceBody,
    language: DocumentLanguage,
    type: DrawnType,
  ): Promise<string | undefined> {
    const document = documentOf(body, language, type);
    try {
      const pictures = await picturesOf(this.db, document);
      const pages = this.pagesOf(document, pictures);
      await this.render(pages);
      return undefined;
    } catch (error) {
      if (error instanceof OperatingFailure && error.code === 'picture-missing')
        return 'a picture of the company is not in the store as it was set; set it again in Settings, Companies';
      if (error instanceof NotDrawn) return `${firstLine(error.message)}, twice; ${LATER}`;
      if (error instanceof CannotBeDrawn) return `${firstLine(error.message)}; ${ANEW}`;
      throw error;
    }
  }

  /** What was given up, or ended its worker, has another try: that may have been of the machine. */
  private async render(pages: PdfDocument): Promise<void> {
    const { press } = this.parts;
    try {
      await press.render(pages);
    } catch (error) {
      if (!(error instanceof NotDrawn)) throw error;
      await press.render(pages, { byFreshWorker: true });
    }
  }

  private pagesOf(
    document: InvoiceDocument | CreditNoteDocument,
    pictures: Awaited<ReturnType<typeof picturesOf>>,
  ) {
    try {
      return invoicePages(document, { folder: this.parts.layoutFolder, pictures }, document.language);
    } catch (error) {
      throw new CannotBeDrawn(error instanceof Error ? error.message : String(error));
    }
  }
}

function documentOf(
  body: InvoiceBody,
  language: DocumentLanguage,
  type: DrawnType,
): InvoiceDocument | CreditNoteDocument {
  const day = body.period.start;
  const said = { ...body, edition: LAYOUT_EDITION, number: '1', issuedOn: day, dueOn: day, language };
  if (type === 'invoice') return { ...said, form: 'invoice-1' };
  const lineNos = body.lines.map(({ lineNo }) => lineNo);
  const corrects = { invoiceId: '', number: '1', issuedOn: day, lineNos };
  return { ...said, form: 'credit-note-1', corrects, reason: repairReason(language) };
}

/** What documents that are issued now name. */
const LAYOUT = layoutOf({ form: 'invoice-1', edition: LAYOUT_EDITION });
const LANGUAGE_NAMES: Readonly<Record<DocumentLanguage, string>> = {
  en: 'English',
  pl: 'Polish',
  cs: 'Czech',
};

const LATER = 'preview the run again when the machine has less to do, and if it stays so report it';
const ANEW = 'install the program anew, or choose another language for the customer';

function kindOfLine(line: DocumentLine): string {
  const { component, part, grossMinor, isWithoutVat, isPart, vatCategory } = line;
  return [component, part === undefined, grossMinor === undefined, isWithoutVat, isPart, vatCategory].join(
    ' ',
  );
}

/** Words of the layout that are missing are told in a list of many lines. */
function firstLine(message: string): string {
  const line = message.replaceAll(/\s+/g, ' ').trim();
  return line.length > 160 ? `${line.slice(0, 160)}…` : line.replace(/\.$/, '');
}
