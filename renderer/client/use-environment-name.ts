import { useInstallations } from './installations.tsx';
import { useQuery } from './use-query.ts';

/** Name of the environment, for the chip in the title of a dialog that changes something for good. */
export function useEnvironmentName(): string | undefined {
  const { here } = useInstallations();
  const own = useQuery('system.about', {}, { topics: ['environment', 'host'] }).data?.environment.name;
  return here && own !== undefined && here.label !== own ? `${here.label} · ${own}` : own;
}
