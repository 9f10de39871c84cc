import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { OperatingFailure } from '../../platform/calls/operating-failure.ts';
import { picturesOf, type DocumentPictures } from '../billing/billing-public.ts';
import type { DocumentsParts } from './documents-parts.ts';
import type { DocumentsTables, PaperTable } from './documents-tables.ts';
import type { Paper } from './paper-forms.ts';
import { paperPages } from './paper-layout.ts';

/**
 * The pages of a paper: the same bytes whenever it is printed. The hash of the first ones is recorded before anybody is given them, and
 * whoever draws them later must come to the same.
 * @throws OperatingFailure `picture-missing`, `pdf-not-drawn`, `pdf-differs`
 */
export async function printPaper(
  parts: Pick<DocumentsParts, 'press' | 'layoutFolder'>,
  db: Kysely<DocumentsTables>,
  paper: PaperTable,
): Promise<{ readonly bytes: Uint8Array; readonly sha256: string }> {
  const document = JSON.parse(paper.document) as Paper;
  const bytes = await draw(parts, document, await picturesOf(db, document));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  await db
    .insertInto('paper_file')
    .values({ paper_id: paper.id, sha256, bytes: bytes.length })
    .onConflict((conflict) => conflict.column('paper_id').doNothing())
    .execute();
  const first = await db
    .selectFrom('paper_file')
    .select('sha256')
    .where('paper_id', '=', paper.id)
    .executeTakeFirstOrThrow();
  if (first.sha256 !== sha256) {
    throw new OperatingFailure({
      code: 'pdf-differs',
      sentence: `The pages of ${paper.number} come out differently than the first time: fonts or layout of this installation were changed. Install the program anew.`,
    });
  }
  return { bytes, sha256 };
}

async function draw(
  { press, layoutFolder }: Pick<DocumentsParts, 'press' | 'layoutFolder'>,
  paper: Paper,
  pictures: DocumentPictures,
): Promise<Uint8Array> {
  try {
    return await press.render(paperPages(paper, { folder: layoutFolder, pictures }));
  } catch (error) {
    throw new OperatingFailure({
      code: 'pdf-not-drawn',
      sentence: `The pages of ${paper.number} could not be drawn; the document itself is issued and stands. Try again, and if it stays so install the program anew: ${error instanceof Error ? error.message : String(error)}`,
      mayRetry: true,
      cause: error,
    });
  }
}
