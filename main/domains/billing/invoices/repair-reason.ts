import type { DocumentLanguage } from './invoice-document.ts';

const REASONS: Readonly<Record<DocumentLanguage, string>> = {
  en: 'Services that were changed or ended before the end of the period they were invoiced for',
  pl: 'Zmiana lub zakończenie usług przed końcem okresu, za który wystawiono fakturę',
  cs: 'Změna nebo ukončení služeb před koncem období, za které byly vyfakturovány',
};

/** Why an invoice is corrected by what changes of subscriptions took back of it, where no person says it. */
export function repairReason(language: DocumentLanguage): string {
  return REASONS[language];
}
