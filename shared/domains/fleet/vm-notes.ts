import { z } from 'zod';

const vmNoteFields = {
  notes: z.string().max(10_000),
  tags: z
    .array(
      z
        .string()
        .trim()
        .regex(/^[\p{L}\p{N}_.:-]{1,40}$/u, 'letters, digits and _ . : -'),
    )
    .max(50),
};

/** What people write about a VM. */
export const vmNotes = z.object({
  ...vmNoteFields,
  /** Both as they were seen: what others changed since is kept or refused. Absent: all is replaced. */
  before: z.object(vmNoteFields).optional(),
});
