/**
 * What a customer's address lacks of what each invoice must state (directive 2006/112/EC, Art. 226(5): full name and address):
 * `street`, `city`, `street and city`; empty where it is whole. As the query `address:missing` finds it.
 */
export function addressGaps({ street, city }: { readonly street: string; readonly city: string }): string {
  return [street === '' ? 'street' : '', city === '' ? 'city' : ''].filter(Boolean).join(' and ');
}
