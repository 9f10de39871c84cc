/** Text of an XML attribute as libvirt prints it. */
function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll("'", '&apos;')
    .replaceAll('"', '&quot;');
}

/**
 * The XML of a domain for another host: disks are where they were copied to, and what is not there is out of the drive. Nothing the guest
 * sees is changed, or libvirt refuses it. Works on libvirt's own print, in which attributes stand in single quotes.
 */
export function xmlForTarget(
  xml: string,
  changes: { readonly paths: ReadonlyMap<string, string>; readonly ejected: readonly string[] },
): string {
  let changed = xml;
  for (const [from, to] of changes.paths)
    changed = changed.replaceAll(`<source file='${escapeXml(from)}'`, `<source file='${escapeXml(to)}'`);
  for (const path of changes.ejected) {
    const source = `<source file='${escapeXml(path).replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')}'[^>]*`;
    changed = changed.replaceAll(new RegExp(`\\s*${source}(?:/>|(?<!/)>[^]*?</source>)`, 'g'), '');
  }
  return changed;
}

/** Whether a disk stands on another file, which a copy of it alone would miss. */
export function hasBackingFile(xml: string): boolean {
  return /<backingStore\s[^>]*type=/.test(xml);
}
