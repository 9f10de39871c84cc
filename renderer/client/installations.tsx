import { createContext, use } from 'react';
import type { ReactNode } from 'react';
import type { InstallationFacts } from '../../shared/contract/installation.ts';
import type { EngineHost } from './engine-host.ts';

/** The stores this console can switch between, and the one that what stands below is of. */
export interface Installations {
  readonly all: readonly InstallationFacts[];
  /** Undefined where there is only one store, or the address names none that is known. */
  readonly here: InstallationFacts | undefined;
  readonly host: EngineHost | undefined;
}

const InstallationsContext = createContext<Installations>({ all: [], here: undefined, host: undefined });

export function InstallationsProvider({ value, children }: { value: Installations; children: ReactNode }) {
  return <InstallationsContext value={value}>{children}</InstallationsContext>;
}

export function useInstallations(): Installations {
  return use(InstallationsContext);
}
