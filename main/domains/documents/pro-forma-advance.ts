import { refuse, type Outcome, type Refused } from '../../../shared/contract/outcome.ts';
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
import { advancesOfPaper, invoiceOf, paperById } from './paper-store.ts';
import { askedMinor, productsAsked, stillAskedMinor } from './pro-forma-asked.ts';

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
  const products = productsAsked(proForma);
  const named = await productNames(db);
  const customer = paper.customer_name;
  if (productId === undefined) {
    return refuse('several-rates', { number, customer, products: listed(products, named) });
  }
  if (said !== undefined && products?.includes(said) === false) {
    return refuse('not-asked-for', {
      number,
      customer,
      product: named(said),
      products: listed(products, named),
    });
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
  const asked = stillAskedMinor(proForma, before, said);
  const gross = grossMinor === undefined ? (left < asked ? left : asked) : BigInt(grossMinor);
  if (gross > asked || gross <= 0n) {
    const amount = gross > 0n ? gross : left;
    const facts = { proForma, stillAsked: asked, amount };
    return said === undefined || proForma.ofProducts === undefined
      ? overAll(facts)
      : overProduct(facts, { productId: said, product: named(said) });
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
function productOf(proForma: ProForma): string | undefined {
  return proForma.vatLines.length === 1 ? (productsAsked(proForma)?.[0] ?? '') : undefined;
}

interface TooMuch {
  readonly proForma: ProForma;
  readonly stillAsked: bigint;
  readonly amount: bigint;
}

function overAll({ proForma, stillAsked, amount }: TooMuch): Refused<RefusalCodeOf<Operation>> {
  const all = askedMinor(proForma);
  const words = wordsIn(proForma);
  const { number } = proForma;
  return refuse('more-than-asked', { number, asked: words(all), amount: words(all - stillAsked + amount) });
}

function overProduct(
  { proForma, stillAsked, amount }: TooMuch,
  { productId, product }: { readonly productId: string; readonly product: string },
): Refused<RefusalCodeOf<Operation>> {
  const words = wordsIn(proForma);
  return refuse('more-than-asked-of', {
    number: proForma.number,
    customer: proForma.buyer.name,
    product,
    asked: words(askedMinor(proForma, productId)),
    left: words(stillAsked > 0n ? stillAsked : 0n),
    amount: words(amount),
  });
}

function wordsIn({ currency }: ProForma): (minor: bigint) => string {
  return (minor) => `${moneyToDecimalText(money(minor, currency))} ${currency}`;
}

async function productNames(db: AnyDatabase): Promise<(productId: string) => string> {
  const { ofProducts } = await suppliesOf(db);
  return (id) => (id === '' ? 'what is of no product' : (ofProducts.get(id)?.product ?? id));
}

function listed(productIds: readonly string[] = [], named: (productId: string) => string): string {
  return productIds.map((id) => (id === '' ? named(id) : `${named(id)} (${id})`)).join(', ');
}
