import { refuse, type Outcome } from '../../../shared/contract/outcome.ts';
import type { InputOf, OutputOf, RefusalCodeOf } from '../../../shared/contract/operation.ts';
import type { documentsContract } from '../../../shared/domains/documents/documents-contract.ts';
import { addDays } from '../../../shared/kernel/local-date.ts';
import { money, moneyToDecimalText } from '../../../shared/kernel/money.ts';
import type { CallContext } from '../../platform/calls/call-context.ts';
import type { AnyDatabase } from '../../platform/store/any-database.ts';
import { billingTables, documentNumbers } from '../billing/billing-public.ts';
import { suppliesOf } from '../catalog/catalog-public.ts';
import { issueAdvanceFor, paymentDetailLocked } from '../payments/payments-public.ts';
import type { DocumentsParts } from './documents-parts.ts';
import type { DocumentsTables } from './documents-tables.ts';
import type { ProForma } from './paper-forms.ts';
import { advancesOfPaper, invoiceOf, paperById, stillAskedMinor } from './paper-store.ts';

type Operation = typeof documentsContract.proFormaAdvance;

const WORDS = { en: 'Advance payment for', pl: 'Zaliczka na poczet', cs: 'Záloha na' } as const;

/**
 * Issues the advance invoice for what was paid on a pro forma: as much of the payment as stands on nothing and as was asked for, unless it
 * is said. The payment is locked before what was issued for the pro forma is read, and those together never come to more than it asked for.
 */
export async function proFormaAdvance(
  parts: DocumentsParts,
  { documentId, paymentId, grossMinor, issuedOn, productId: said }: InputOf<Operation>,
  context: CallContext,
): Promise<Outcome<OutputOf<Operation>, RefusalCodeOf<Operation>>> {
  const db = context.tables<DocumentsTables>();
  const payment = await paymentDetailLocked(context.tables(), parts.kind, paymentId);
  if (payment === undefined) return refuse('no-such-payment', { paymentId });
  const paper = await paperById(db, documentId, parts.kind);
  if (paper === undefined) return refuse('no-such-document', { documentId });
  const { number, currency } = paper;
  const { reference } = payment;
  context.subject(`${number} paid by ${reference}`);
  if (paper.kind !== 'pro-forma') return refuse('not-a-pro-forma', { number });
  const became = await invoiceOf(db, documentId);
  if (became !== undefined) {
    const numbers = await documentNumbers(billingTables(db), [became]);
    return refuse('invoiced-before', { number, invoice: numbers.get(became) ?? became });
  }
  if (payment.customerId !== paper.customer_id) {
    return refuse('other-customer', {
      reference,
      payer: payment.customer,
      number,
      customer: paper.customer_name,
    });
  }
  if (payment.amount.currency !== currency) {
    return refuse('other-currency', { reference, paid: payment.amount.currency, number, currency });
  }
  const proForma = JSON.parse(paper.document) as ProForma;
  const productId = said ?? productOf(proForma);
  if (productId === undefined) {
    const products = await productNames(db, proForma.productIds);
    return refuse('several-rates', { number, customer: paper.customer_name, products });
  }
  const { endExclusive } = proForma.period;
  if (payment.state !== 'reversed' && payment.receivedOn >= endExclusive) {
    const { receivedOn } = payment;
    return refuse('not-ahead', { reference, receivedOn, number, last: addDays(endExclusive, -1) });
  }
  const left = BigInt(payment.unallocated.amountMinor);
  if (payment.state === 'reversed') return refuse('is-reversed', { reference });
  if (left <= 0n) return refuse('nothing-on-account', { reference });
  const before = await advancesOfPaper(db, documentId);
  const asked = stillAskedMinor(BigInt(proForma.grossMinor), before);
  const gross = grossMinor === undefined ? (left < asked ? left : asked) : BigInt(grossMinor);
  if (gross > asked || gross <= 0n) {
    const words = (minor: bigint): string => `${moneyToDecimalText(money(minor, currency))} ${currency}`;
    const all = BigInt(proForma.grossMinor) - asked + (gross > 0n ? gross : left);
    return refuse('more-than-asked', {
      number,
      asked: words(BigInt(proForma.grossMinor)),
      amount: words(all),
    });
  }
  const description = `${WORDS[proForma.language]} ${number}`;
  const issued = await issueAdvanceFor(
    parts,
    {
      paymentId,
      lines: [{ description, grossMinor: gross.toString() }],
      order: {
        number,
        issuedOn: proForma.issuedOn,
        lines: proForma.lines,
        grossMinor: proForma.grossMinor,
      },
      productId,
      issuedOn,
    },
    context,
  );
  if (!issued.ok) return issued;
  await db
    .insertInto('paper_advance')
    .values({ paper_id: documentId, invoice_id: issued.value.invoiceId })
    .execute();
  await context.note('document', documentId);
  return issued;
}

/** The product by which VAT takes the money; undefined where it takes what was ordered in several ways. */
function productOf({ vatLines, productIds = [''] }: ProForma): string | undefined {
  return vatLines.length === 1 ? (productIds[0] ?? '') : undefined;
}

async function productNames(db: AnyDatabase, productIds: readonly string[] = []): Promise<string> {
  const { ofProducts } = await suppliesOf(db);
  return productIds.map((id) => `${ofProducts.get(id)?.product ?? 'of no product'} (${id})`).join(', ');
}
