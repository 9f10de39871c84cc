/** What a VAT id is called where its holder is. */
const VAT_ID_NAMES: Readonly<Record<string, string>> = {
  PL: 'NIP',
  CZ: 'DIČ',
  SK: 'IČ DPH',
  HU: 'Adószám',
  RO: 'CUI',
  DE: 'USt-IdNr.',
  AT: 'UID',
};

/** Undefined where its holder's country calls it nothing of its own that readers of documents would know. */
export function vatIdName(country: string): string | undefined {
  return VAT_ID_NAMES[country];
}
