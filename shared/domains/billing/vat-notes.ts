import type { ExemptReason } from './supply-rules.ts';
import { CATEGORY_OF_NOTE, type VatCategory, type VatNoteCode } from './vat-rules.ts';

/**
 * "Reverse charge" in the words of Art. 226(11a) of directive 2006/112/EC, in its language versions: the words the seller's
 * own law asks for, by the seller's country. Countries with several languages have the one most used in business.
 */
const REVERSE_CHARGE: Readonly<Record<string, string>> = {
  AT: 'Steuerschuldnerschaft des Leistungsempfängers',
  BE: 'Btw verlegd / Autoliquidation',
  BG: 'обратно начисляване',
  CY: 'αντίστροφη επιβάρυνση',
  CZ: 'daň odvede zákazník',
  DE: 'Steuerschuldnerschaft des Leistungsempfängers',
  DK: 'omvendt betalingspligt',
  EE: 'pöördmaksustamine',
  ES: 'inversión del sujeto pasivo',
  FI: 'käännetty verovelvollisuus',
  FR: 'autoliquidation',
  GR: 'αντίστροφη επιβάρυνση',
  HR: 'prijenos porezne obveze',
  HU: 'fordított adózás',
  IE: 'reverse charge',
  IT: 'inversione contabile',
  LT: 'atvirkštinis apmokestinimas',
  LU: 'autoliquidation',
  LV: 'nodokļa apgrieztā maksāšana',
  MT: 'reverse charge',
  NL: 'btw verlegd',
  PL: 'odwrotne obciążenie',
  PT: 'autoliquidação',
  RO: 'taxare inversă',
  SE: 'omvänd betalningsskyldighet',
  SI: 'obrnjena davčna obveznost',
  SK: 'prenesenie daňovej povinnosti',
};

type DocumentLanguage = 'en' | 'pl' | 'cs';

const TEXTS: Readonly<Record<VatNoteCode, Readonly<Record<DocumentLanguage, string>>>> = {
  'reverse-charge': {
    en: 'Reverse charge: VAT is accounted for by the customer (Art. 196, directive 2006/112/EC).',
    pl: 'Odwrotne obciążenie: podatek VAT rozlicza nabywca (art. 196 dyrektywy 2006/112/WE).',
    cs: 'Daň odvede zákazník (čl. 196 směrnice 2006/112/ES).',
  },
  'outside-eu': {
    en: 'Outside the scope of EU VAT: the place of supply is outside the EU (Art. 44 and 58, directive 2006/112/EC).',
    pl: 'Nie podlega VAT: miejsce świadczenia poza Unią Europejską (art. 44 i 58 dyrektywy 2006/112/WE).',
    cs: 'Není předmětem DPH: místo plnění je mimo Evropskou unii (čl. 44 a 58 směrnice 2006/112/ES).',
  },
  'consumer-outside-eu': {
    en: 'Outside the scope of EU VAT: the customer lives outside the EU (Art. 59, directive 2006/112/EC).',
    pl: 'Nie podlega VAT: nabywca mieszka poza Unią Europejską (art. 59 dyrektywy 2006/112/WE).',
    cs: 'Není předmětem DPH: zákazník má bydliště mimo Evropskou unii (čl. 59 směrnice 2006/112/ES).',
  },
  export: {
    en: 'Exempt from VAT: export of goods, of which proof is kept (Art. 146, directive 2006/112/EC).',
    pl: 'Eksport towarów, stawka VAT 0 % na podstawie dokumentów wywozu (art. 146 dyrektywy 2006/112/WE).',
    cs: 'Osvobozeno od DPH: vývoz zboží, doložený doklady o výstupu (čl. 146 směrnice 2006/112/ES).',
  },
  'intra-community': {
    en: 'Exempt from VAT: intra-Community supply of goods (Art. 138, directive 2006/112/EC).',
    pl: 'Wewnątrzwspólnotowa dostawa towarów, stawka VAT 0 % (art. 138 dyrektywy 2006/112/WE).',
    cs: 'Osvobozeno od DPH: dodání zboží do jiného členského státu (čl. 138 směrnice 2006/112/ES).',
  },
  exempt: {
    en: 'Exempt from VAT: {reason}',
    pl: 'Zwolnienie z VAT: {reason}',
    cs: 'Osvobozeno od DPH: {reason}',
  },
  'distance-sale': {
    en: "VAT of the customer's country on goods sent there, declared through the one-stop shop (Art. 33(a) and 369a, directive 2006/112/EC).",
    pl: 'VAT kraju nabywcy od sprzedaży towarów na odległość, rozliczany w procedurze OSS (art. 33 lit. a i 369a dyrektywy 2006/112/WE).',
    cs: 'DPH státu zákazníka při prodeji zboží na dálku, přiznaná v režimu OSS (čl. 33 písm. a) a 369a směrnice 2006/112/ES).',
  },
  'small-enterprise': {
    en: 'Exempt from VAT: small enterprise (Art. 284, directive 2006/112/EC).',
    pl: 'Zwolnienie z VAT: mały podatnik (art. 284 dyrektywy 2006/112/WE; art. 113 ustawy o VAT).',
    cs: 'Osvobozeno od DPH: malý podnik (čl. 284 směrnice 2006/112/ES).',
  },
  'one-stop-shop': {
    en: "VAT of the customer's country, declared through the one-stop shop (Art. 58 and 369a, directive 2006/112/EC).",
    pl: 'VAT kraju nabywcy, rozliczany w procedurze OSS (art. 58 i 369a dyrektywy 2006/112/WE).',
    cs: 'DPH státu zákazníka, přiznaná v režimu OSS (čl. 58 a 369a směrnice 2006/112/ES).',
  },
};

/** What of a document its sentences are made of. */
export interface Noted {
  readonly notes: readonly VatNoteCode[];
  /** Reasons that the note `exempt` gives. */
  readonly exempt?: readonly ExemptReason[];
}

/** The sentence in a language of the document; a reverse charge also in the words of the seller's law where they differ. */
export function vatNote(
  code: VatNoteCode,
  language: DocumentLanguage,
  sellerCountry: string,
  exempt: readonly ExemptReason[] = [],
): string {
  const reasons = exempt.map(({ reason }) => reason.replace(/\.$/, '')).join('; ');
  const text = TEXTS[code][language].replace('{reason}', () => `${reasons}.`);
  const lawful = code === 'reverse-charge' ? REVERSE_CHARGE[sellerCountry] : undefined;
  if (lawful === undefined || text.toLowerCase().includes(lawful.toLowerCase())) return text;
  return `${text} (${lawful})`;
}

/** Sentences that the amounts of a category want, in order; of all of them where none is named. */
export function vatNotesOf(
  { notes, exempt }: Noted,
  of: {
    readonly language: DocumentLanguage;
    readonly sellerCountry: string;
    readonly category?: VatCategory;
  },
): { readonly category: VatCategory; readonly text: string }[] {
  const { language, sellerCountry, category } = of;
  return notes.flatMap((code) => {
    const about = CATEGORY_OF_NOTE[code];
    if (category !== undefined && about !== category) return [];
    return [{ category: about, text: vatNote(code, language, sellerCountry, exempt) }];
  });
}
