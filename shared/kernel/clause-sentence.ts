/** `it is paused` → `It is paused.` */
export function clauseSentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;
}
