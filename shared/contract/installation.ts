import { z } from 'zod';

/** One store that a console can switch to, as the host of its engines tells the page. */
export const installationFacts = z.object({
  /** Stands in addresses: `/at/NAME/vms`. */
  name: z.string(),
  /** What people call it. */
  label: z.string(),
  /** In place of the colour that its store gives its environment. */
  colour: z.enum(['plum', 'green', 'amber', 'gray']).optional(),
});
export type InstallationFacts = Readonly<z.infer<typeof installationFacts>>;
export const installationList = z.array(installationFacts);
