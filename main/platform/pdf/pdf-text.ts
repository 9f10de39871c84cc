import type { Paragraph, Run, Weight } from './pdf-document.ts';

export const DEFAULT_SIZE = 8.25;
const DEFAULT_LEADING = 1.45;

/** Width of a text in one line, in points. */
export type MeasureText = (text: string, weight: Weight, size: number) => number;

/** Neighbouring text of one run on one line. */
export interface Segment {
  readonly run: Run;
  readonly text: string;
  readonly x: number;
  readonly width: number;
}

export interface TextLine {
  readonly segments: readonly Segment[];
  readonly width: number;
}

/** A piece of a word, or blanks between words. */
interface Piece {
  readonly run: Run;
  readonly text: string;
  readonly width: number;
  readonly isBlank: boolean;
}

export function lineHeightOf(paragraph: Paragraph): number {
  const largest = Math.max(...paragraph.runs.map((run) => run.size ?? DEFAULT_SIZE));
  return paragraph.lineHeight ?? largest * DEFAULT_LEADING;
}

/** Width the paragraph takes when nothing breaks it. */
export function naturalWidth(paragraph: Paragraph, measure: MeasureText): number {
  return piecesOf(paragraph.runs, measure).reduce((sum, piece) => sum + piece.width, 0);
}

/**
 * Breaks a paragraph into lines of `width`, at blanks; a word longer than a line is broken where the line ends. Blanks that
 * must not break (U+00A0) belong to their words.
 */
export function breakLines(paragraph: Paragraph, width: number, measure: MeasureText): TextLine[] {
  const lines: Piece[][] = [[]];
  let used = 0;
  for (const word of wordsOf(piecesOf(paragraph.runs, measure))) {
    for (const part of fitting(word, width, measure)) {
      const partWidth = widthOf(part);
      const isBlank = part.every((piece) => piece.isBlank);
      if (!isBlank && used > 0 && used + partWidth > width + 0.01) {
        lines.push([]);
        used = 0;
      }
      if (isBlank && used === 0) continue;
      lines.at(-1)?.push(...part);
      used += partWidth;
    }
  }
  return lines.map((line) => lineOf(line));
}

/** Text as it can be set in a line: line ends and tabs are blanks, other control characters and lone surrogates are left out. */
export function printable(text: string): string {
  return text.replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' ').replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, '');
}

function piecesOf(runs: readonly Run[], measure: MeasureText): Piece[] {
  return runs.flatMap((run) =>
    (printable(run.text).match(/ +|[^ ]+/g) ?? []).map((text) => ({
      run,
      text,
      width: measure(text, run.weight ?? 'regular', run.size ?? DEFAULT_SIZE),
      isBlank: text.startsWith(' '),
    })),
  );
}

/** Pieces with no blank between them are one word, across runs too. */
function wordsOf(pieces: readonly Piece[]): Piece[][] {
  const words: Piece[][] = [];
  for (const piece of pieces) {
    const word = words.at(-1);
    const previous = word?.at(-1);
    if (word === undefined || previous === undefined || previous.isBlank !== piece.isBlank)
      words.push([piece]);
    else word.push(piece);
  }
  return words;
}

function widthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + piece.width, 0);
}

/** A word as it is, or cut into parts that fit a line. */
function fitting(word: Piece[], width: number, measure: MeasureText): Piece[][] {
  if (widthOf(word) <= width + 0.01 || word.every((piece) => piece.isBlank)) return [word];
  const parts: Piece[][] = [];
  for (const piece of word) {
    let text = '';
    const close = (): void => {
      if (text !== '') parts.push([pieceWith(piece, text, measure)]);
    };
    for (const character of Array.from(piece.text)) {
      if (text !== '' && pieceWith(piece, text + character, measure).width > width) {
        close();
        text = '';
      }
      text += character;
    }
    close();
  }
  return parts;
}

function pieceWith(piece: Piece, text: string, measure: MeasureText): Piece {
  const { weight = 'regular', size = DEFAULT_SIZE } = piece.run;
  return { ...piece, text, width: measure(text, weight, size) };
}

function lineOf(pieces: readonly Piece[]): TextLine {
  const end = pieces.findLastIndex((piece) => !piece.isBlank) + 1;
  const segments: Segment[] = [];
  let x = 0;
  for (const piece of pieces.slice(0, end)) {
    const last = segments.at(-1);
    if (last?.run === piece.run) {
      segments[segments.length - 1] = {
        ...last,
        text: last.text + piece.text,
        width: last.width + piece.width,
      };
    } else segments.push({ run: piece.run, text: piece.text, x, width: piece.width });
    x += piece.width;
  }
  return { segments, width: x };
}
