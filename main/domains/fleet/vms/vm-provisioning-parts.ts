import { OperatingFailure } from '../../../platform/calls/operating-failure.ts';
import type { LibvirtApi } from '../../../platform/libvirt/libvirt-api.ts';
import { isNetworkFailure } from '../../../platform/ssh/ssh-error.ts';
import type { Sealer } from '../../../platform/secrets/sealer.ts';
import type { AnyDatabase } from '../../../platform/store/any-database.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { TaskStarter } from '../../../platform/tasks/task-definition.ts';
import type { FleetSubscriptions } from '../fleet-parts.ts';
import type { HostConnections } from '../sweep/host-connections.ts';
import type { HostLink } from '../sweep/host-link.ts';
import { hostFailure } from '../hosts/host-failure.ts';

/** What is asked of templates to make a VM from one. */
export interface ProvisioningTemplates {
  forProvision(db: AnyDatabase, templateId: string): Promise<TemplateForProvision | undefined>;
  /** As above; the template cannot be changed or deleted until the caller's transaction ends. */
  forProvisionLocked(db: AnyDatabase, templateId: string): Promise<TemplateForProvision | undefined>;
  /** Puts a whole, checked copy into the host's pool unless one is there; at once for whoever asks beside it. */
  ensureOnHost(
    templateId: string,
    hostId: string,
    options: { signal: AbortSignal; progress: (doneBytes: number, totalBytes: number) => void },
  ): Promise<{ pool: string; volumeName: string }>;
}

export interface TemplateForProvision {
  readonly id: string;
  readonly name: string;
  readonly os: string;
  /** Empty when VMs can be made from it; else why not. */
  readonly notReady: string;
  readonly volumeName: string;
  readonly virtualSizeBytes: number;
  readonly minDiskBytes: number;
  readonly minMemoryBytes: number;
  readonly minVcpus: number;
  readonly hostIds: readonly string[];
}

export interface ProvisioningParts {
  readonly store: Store;
  /** Opens what any engine of the store sealed. */
  readonly sealer: Sealer;
  readonly connections: HostConnections;
  readonly templates: ProvisioningTemplates;
  readonly subscriptions: FleetSubscriptions;
  /** The customer's name; undefined for one that does not exist. */
  readonly customerName: (db: AnyDatabase, customerId: string) => Promise<string | undefined>;
}

/** Beside the above, what commands need that start tasks. */
export interface ProvisioningCommandParts extends ProvisioningParts {
  readonly tasks: TaskStarter;
}

/** Tries of a step whose host was lost in the middle, with growing pauses: about half a minute, which a restarted daemon needs. */
export const TRIES = 6;

export interface OnHost {
  readonly api: LibvirtApi;
  readonly link: HostLink;
}

/** Runs one step's work on its host; what the host says no to becomes an operating failure in words. */
export async function onHost<T>(
  parts: Pick<ProvisioningParts, 'connections'>,
  context: {
    readonly input: { readonly hostId: string; readonly hostName: string };
    readonly signal: AbortSignal;
  },
  work: (on: OnHost) => Promise<T>,
): Promise<T> {
  const { input, signal } = context;
  try {
    return await parts.connections.withHost(
      input.hostId,
      signal,
      async (link) => await work({ api: link.session, link }),
    );
  } catch (error) {
    throw worthAnotherTry(hostFailure(error, input.hostName));
  }
}

/** Every step here may run twice, so a host that was lost or silent in the middle is simply asked again. */
function worthAnotherTry(error: unknown): unknown {
  const isPassing =
    error instanceof OperatingFailure &&
    (isNetworkFailure(error) || ['host-lost', 'host-silent', 'host-closed'].includes(error.code));
  if (!isPassing || error.mayRetry) return error;
  return new OperatingFailure({
    code: error.code,
    sentence: error.message,
    mayRetry: true,
    cause: error,
    ...(error.remote ? { remote: error.remote } : {}),
  });
}
