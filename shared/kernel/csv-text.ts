/**
 * One line of a CSV file, without its end: commas, quoted where it must be (RFC 4180). A leading = + - @ would be run as a formula
 * by spreadsheets (OWASP, CSV injection), so what is no plain number gets an apostrophe before it.
 */
export function csvLine(fields: readonly string[]): string {
  return fields.map(csvField).join(',');
}

function csvField(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
