/** How a field of a list is compared; the operators and values it takes follow from it. */
export type ListFieldKind = 'text' | 'word' | 'words' | 'number' | 'bytes' | 'instant' | 'age';

/** What a list can be asked by, declared once: the store compares it, the query bar completes it, the guide explains it. */
export interface ListFieldDeclared {
  readonly kind: ListFieldKind;
  /** In a few words, with an example where it is compared. */
  readonly hint: string;
  /** All there are, where others make no sense. */
  readonly values?: readonly string[];
}

export type ListFieldsDeclared = Readonly<Record<string, ListFieldDeclared>>;
