import { z } from 'zod';
import { command, query } from '../../contract/operation.ts';
import { PERMISSIONS } from '../../contract/permission.ts';
import { instant, nothing } from '../../contract/page.ts';
import { ROLES } from './role-rules.ts';

const roleSchema = z.enum(Object.keys(ROLES) as [keyof typeof ROLES, ...(keyof typeof ROLES)[]]);

export const person = z.object({
  id: z.string(),
  /** Login name, unique: what the audit log shows. */
  login: z.string(),
  name: z.string(),
  role: roleSchema,
  active: z.boolean(),
  lastSeenAt: instant.nullable(),
});
export type Person = z.infer<typeof person>;

const personFields = z.object({
  name: z.string().trim().min(1).max(100),
  role: roleSchema,
  active: z.boolean().default(true),
});

/** Who works here and what they may do. */
export const accessContract = {
  whoAmI: query({
    summary: 'The person this console acts as',
    input: nothing,
    permission: null,
    output: z.object({
      id: z.string(),
      login: z.string(),
      name: z.string(),
      role: roleSchema,
      permissions: z.array(z.enum(PERMISSIONS)),
    }),
  }),
  personList: query({
    summary: 'Everybody who has worked with this store',
    input: nothing,
    permission: 'access.read',
    output: z.object({ rows: z.array(person) }),
  }),
  personSave: command({
    summary: "Add a person, or change somebody's name, role or whether they may work",
    input: z.object({
      login: z
        .string()
        .trim()
        .regex(/^[a-z0-9][a-z0-9._@-]{0,63}$/, 'lower-case letters, digits and . _ @ -'),
      ...personFields.shape,
      /**
       * The person as they were seen: what others changed since is kept or refused. Null: they are to be new. Absent: all is
       * replaced.
       */
      before: personFields.nullable().optional(),
    }),
    permission: 'access.administer',
    output: person,
    refusals: {
      'last-administrator': '{login} is the last administrator: make somebody else one first.',
      'person-exists': '{login} is here already, as {name}: change that one instead.',
      'changed-meanwhile': '{name} was changed by somebody else meanwhile ({fields}). Look again, then save.',
    },
    effect: 'store',
  }),
};
