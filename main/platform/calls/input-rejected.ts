/**
 * The caller's input has the right form but cannot be understood (a query with an open quote, a cursor of another list).
 * Crosses the wire as `bad-input`; `path` is the dotted path of the field.
 */
export class InputRejected extends Error {
  override readonly name = 'InputRejected';
  readonly path: string;
  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}
