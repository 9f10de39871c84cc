import { documentTotals } from '../../shared/domains/billing/invoice-rules.ts';
import { roundedAmountMinor, type Component } from '../../shared/domains/billing/charge-rules.ts';
import { localDate } from '../../shared/kernel/local-date.ts';
import {
  countryNames,
  lineAmounts,
  type DocumentLine,
  type InvoiceDocument,
} from '../domains/billing/invoices/invoice-document.ts';

const PARTS: readonly (readonly [Component, numerator: string, denominator: string, unitPrice: string])[] = [
  ['month', '14', '31', '640'],
  ['vcpu-hours', '5356800000', '3600000', '0.0125'],
  ['gib-hours', '10968760320000', '3686400000', '0.004'],
];

/** A document as billing issues them: three lines for each VM, amounts that foot. */
export function invoiceDocumentForTest(
  vms: number,
  fields: Partial<InvoiceDocument> & { readonly buyerFields?: Partial<InvoiceDocument['buyer']> } = {},
): InvoiceDocument {
  const { buyerFields, ...changed } = fields;
  const currency = changed.currency ?? 'PLN';
  const lines = changed.lines ?? Array.from({ length: vms }, (_, at) => linesOfVm(at, currency)).flat();
  const totals = documentTotals(lines.map(lineAmounts));
  const country = buyerFields?.country ?? 'PL';
  return {
    form: 'invoice-1',
    number: 'FV 2026/09/024117',
    issuedOn: localDate('2026-09-01'),
    dueOn: localDate('2026-09-15'),
    language: 'pl',
    currency,
    period: { start: localDate('2026-08-01'), endExclusive: localDate('2026-09-01') },
    seller: {
      name: 'Zajazd Hosting sp. z o.o.',
      street: 'ul. Przykładowa 28 lok. 4',
      postcode: '00-950',
      city: 'Warszawa',
      country: 'PL',
      vatId: 'PL5252344078',
      email: 'faktury@zajazd.example',
      footer: 'KRS 0000000000 · REGON 000000000 · kapitał zakładowy 100 000,00 PLN',
      countryNames: { en: 'Poland', pl: 'Polska', cs: 'Polsko' },
    },
    buyer: {
      kind: 'company',
      name: 'Biuro Rachunkowe Jarzębina sp. z o.o.',
      street: 'ul. Wzorcowa 5',
      postcode: '30-901',
      city: 'Kraków',
      country,
      vatId: 'PL5260250995',
      email: '',
      currency,
      language: changed.language ?? 'pl',
      timeZone: 'Europe/Warsaw',
      number: 'C-20871',
      countryNames: countryNames(country),
      ...buyerFields,
    },
    lines,
    vatLines: totals.vat.map((group) => ({
      vatCategory: group.vatCategory,
      vatRate: group.vatRate,
      baseMinor: group.baseMinor.toString(),
      vatMinor: group.vatMinor.toString(),
    })),
    notes: [],
    netMinor: totals.netMinor.toString(),
    vatMinor: totals.vatMinor.toString(),
    grossMinor: totals.grossMinor.toString(),
    account: { iban: 'PL61109010140000071219812874', bic: 'WBKPPLPP' },
    ...changed,
  };
}

function linesOfVm(at: number, currency: InvoiceDocument['currency']): DocumentLine[] {
  return PARTS.map(([component, numerator, denominator, unitPrice], part) => {
    const quantity = { numerator: BigInt(numerator), denominator: BigInt(denominator) };
    return {
      lineNo: at * PARTS.length + part + 1,
      subscriptionId: `sub_${at}`,
      component,
      plan: 'A-8',
      vm: `acct-${57_102 + at}`,
      service: { start: localDate('2026-08-18'), endExclusive: localDate('2026-09-01') },
      numerator,
      denominator,
      unitPrice,
      netMinor: roundedAmountMinor(unitPrice, quantity, currency).toString(),
      vatCategory: 'S',
      vatRate: '23',
    };
  });
}
