import { useQuery } from './use-query.ts';

/** Name of the environment, for the chip in the title of a dialog that changes something for good. */
export function useEnvironmentName(): string | undefined {
  return useQuery('system.about', {}, { topics: ['environment', 'host'] }).data?.environment.name;
}
