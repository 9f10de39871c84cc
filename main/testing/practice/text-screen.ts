import { glyph, GLYPH_COLUMNS } from './bitmap-font.ts';

export const SCREEN_COLUMNS = 80;
export const SCREEN_ROWS = 25;
const CELL_WIDTH = 8;
const CELL_HEIGHT = 16;
export const SCREEN_WIDTH = SCREEN_COLUMNS * CELL_WIDTH;
export const SCREEN_HEIGHT = SCREEN_ROWS * CELL_HEIGHT;

export type Colour = readonly [red: number, green: number, blue: number];
/** Indices of a screen's pixels into its palette. */
export const screenPalette: readonly [Colour, Colour] = [
  [0, 0, 0],
  [170, 170, 170],
];

/** The text screen of a PC: 80 × 25 characters that scroll. It knows the few control sequences the simulated shell uses. */
export class TextScreen {
  readonly #lines: string[] = Array.from({ length: SCREEN_ROWS }, () => '');
  #row = 0;
  #column = 0;
  #escape: string | null = null;
  /** Rows changed since `takeDirty`. */
  readonly #dirty = new Set<number>();

  get text(): string {
    return this.#lines.join('\n');
  }

  write(text: string): void {
    for (const character of text) this.#put(character);
  }

  takeDirty(): { firstRow: number; rows: number } | null {
    if (this.#dirty.size === 0) return null;
    const rows = [...this.#dirty];
    this.#dirty.clear();
    const firstRow = Math.min(...rows);
    return { firstRow, rows: Math.max(...rows) - firstRow + 1 };
  }

  get isDirty(): boolean {
    return this.#dirty.size > 0;
  }

  #put(character: string): void {
    this.#dirty.add(this.#row);
    if (this.#escape !== null) return this.#escaped(character);
    switch (character) {
      case '\u001b':
        this.#escape = '';
        return;
      case '\r':
        this.#column = 0;
        return;
      case '\n':
        return this.#lineFeed();
      case '\b':
        this.#column = Math.max(0, this.#column - 1);
        return;
      default:
        if (character >= ' ') this.#print(character);
    }
  }

  #print(character: string): void {
    if (this.#column >= SCREEN_COLUMNS) {
      this.#column = 0;
      this.#lineFeed();
    }
    const line = (this.#lines[this.#row] ?? '').padEnd(this.#column);
    this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
    this.#column += 1;
  }

  #lineFeed(): void {
    if (this.#row < SCREEN_ROWS - 1) {
      this.#row += 1;
      this.#dirty.add(this.#row);
      return;
    }
    this.#lines.shift();
    this.#lines.push('');
    for (let row = 0; row < SCREEN_ROWS; row += 1) this.#dirty.add(row);
  }

  #escaped(character: string): void {
    this.#escape += character;
    if (this.#escape === '[' || !/[A-Za-z]/.test(character)) return;
    const sequence = this.#escape;
    this.#escape = null;
    if (sequence === '[2J') {
      this.#lines.fill('');
      for (let row = 0; row < SCREEN_ROWS; row += 1) this.#dirty.add(row);
    } else if (sequence === '[H') {
      this.#row = 0;
      this.#column = 0;
    } else if (sequence === '[K')
      this.#lines[this.#row] = (this.#lines[this.#row] ?? '').slice(0, this.#column);
  }

  /** One byte per pixel, an index into the palette; `rows` text rows from `firstRow`. */
  pixels(firstRow = 0, rows = SCREEN_ROWS): Uint8Array {
    const image = new Uint8Array(SCREEN_WIDTH * CELL_HEIGHT * rows);
    for (let row = 0; row < rows; row += 1) {
      const line = this.#lines[firstRow + row] ?? '';
      const cells = firstRow + row === this.#row ? `${line.padEnd(this.#column)}` : line;
      for (let column = 0; column < Math.min(cells.length, SCREEN_COLUMNS); column += 1)
        drawGlyph(image, cells.charAt(column), { row, column });
      if (firstRow + row === this.#row && this.#column < SCREEN_COLUMNS)
        drawCursor(image, { row, column: this.#column });
    }
    return image;
  }
}

type Cell = { readonly row: number; readonly column: number };

function drawGlyph(image: Uint8Array, character: string, cell: Cell): void {
  const columns = glyph(character);
  for (let x = 0; x < GLYPH_COLUMNS; x += 1)
    for (let y = 0; y < CELL_HEIGHT; y += 1)
      if (((columns[x] ?? 0) >> (y >> 1)) & 1)
        image[(cell.row * CELL_HEIGHT + y) * SCREEN_WIDTH + cell.column * CELL_WIDTH + 1 + x] = 1;
}

function drawCursor(image: Uint8Array, cell: Cell): void {
  for (let y = CELL_HEIGHT - 3; y < CELL_HEIGHT - 1; y += 1)
    for (let x = 0; x < CELL_WIDTH; x += 1)
      image[(cell.row * CELL_HEIGHT + y) * SCREEN_WIDTH + cell.column * CELL_WIDTH + x] = 1;
}
