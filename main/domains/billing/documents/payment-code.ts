import { moneyToDecimalText, type Currency, type Money } from '../../../../shared/kernel/money.ts';
import type { LocalDate } from '../../../../shared/kernel/local-date.ts';

/** What a transfer is to say. */
export interface PaymentRequest {
  readonly payee: string;
  /** Without blanks. */
  readonly iban: string;
  /** May be empty. */
  readonly bic: string;
  readonly amount: Money;
  readonly reference: string;
  readonly dueOn: LocalDate;
  /** Digits, at most ten; absent where the document has none. */
  readonly variableSymbol?: string | undefined;
}

/** Whether payments in a currency to an account are matched by a variable symbol. */
export function hasVariableSymbol(currency: Currency, iban: string): boolean {
  return currency === 'CZK' && /^(?:CZ|SK)/.test(iban);
}

/**
 * Text of the code that fills in the transfer in a bank's app; undefined where no such code is known: other currencies, and
 * amounts a code cannot carry.
 */
export function paymentCode(request: PaymentRequest): string | undefined {
  const { amount, iban } = request;
  if (amount.amountMinor <= 0n) return undefined;
  if (amount.currency === 'EUR') return epcCode(request);
  if (amount.currency === 'PLN' && iban.startsWith('PL')) return polishCode(request);
  if (hasVariableSymbol(amount.currency, iban)) return spaydCode(request);
  return undefined;
}

/** Greatest amount an EPC code can carry: 999999999.99 EUR. */
const EPC_MAX_MINOR = 99_999_999_999n;

/**
 * European Payments Council, EPC069-12 v2.1 (SEPA credit transfer): service tag, version 002, UTF-8, SCT, BIC, name (70), IBAN,
 * amount, purpose, structured reference, remittance (140).
 */
function epcCode({ payee, iban, bic, amount, reference }: PaymentRequest): string | undefined {
  if (amount.amountMinor > EPC_MAX_MINOR) return undefined;
  const lines = ['BCD', '002', '1', 'SCT', bic, payee.slice(0, 70), iban, `EUR${moneyToDecimalText(amount)}`];
  return [...lines, '', '', reference.slice(0, 140)].join('\n');
}

/**
 * Short Payment Descriptor (SPAYD 1.0, the Czech banks' "QR Platba"): fields parted by asterisks, which are escaped in values;
 * message 60 characters, variable symbol 10 digits.
 */
function spaydCode(request: PaymentRequest): string {
  const { payee, iban, bic, amount, reference, dueOn, variableSymbol } = request;
  const account = bic === '' ? iban : `${iban}+${bic}`;
  const fields = [
    `ACC:${account}`,
    `AM:${moneyToDecimalText(amount)}`,
    'CC:CZK',
    `DT:${dueOn.replaceAll('-', '')}`,
    `RN:${escaped(payee.slice(0, 35))}`,
    `MSG:${escaped(reference.slice(0, 60))}`,
    ...(variableSymbol === undefined ? [] : [`X-VS:${variableSymbol}`]),
  ];
  return ['SPD', '1.0', ...fields].join('*');
}

/** Greatest amount a Polish code can carry: six digits, 9999.99 PLN. */
const POLISH_MAX_MINOR = 999_999n;

/**
 * Związek Banków Polskich, recommendation "Standard 2D" (2013): NIP (may be empty), country, account without country (26), amount
 * in grosz (6 digits), payee (20), title (32), three reserved fields; parted by bars.
 */
function polishCode({ payee, iban, amount, reference }: PaymentRequest): string | undefined {
  if (amount.amountMinor > POLISH_MAX_MINOR) return undefined;
  const plain = (text: string, length: number): string => text.replaceAll('|', ' ').slice(0, length);
  const grosz = amount.amountMinor.toString().padStart(6, '0');
  return ['', 'PL', iban.slice(2), grosz, plain(payee, 20), plain(reference, 32), '', '', ''].join('|');
}

/** Percent signs and asterisks percent-encoded, as the specification asks. */
function escaped(value: string): string {
  return value.replaceAll('%', '%25').replaceAll('*', '%2A');
}
