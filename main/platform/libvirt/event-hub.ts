import { connectionClosedEvent, eventByNumber, eventMessages } from './event-messages.ts';
import type { EventMessage, EventName, EventPayload, EventSource } from './event-messages.ts';
import { LibvirtError, LibvirtProtocolError } from './libvirt-errors.ts';
import { programs } from './message-frame.ts';
import type { Message } from './message-frame.ts';
import type { LibvirtCaller } from './rpc-channel.ts';
import { decodeWhole } from './xdr-codecs.ts';

/** One notification of the host, decoded. `name` says which payload it has. */
export type HostEvent = {
  [N in EventName]: { readonly name: N; readonly payload: EventPayload<N> };
}[EventName];
export type EventSink = (event: HostEvent) => void;

/** What came of asking for events. A host older than an event refuses it; the others still come. */
export type EventListening = {
  readonly refused: readonly { readonly name: EventName; readonly error: LibvirtError }[];
  /** Stops delivering, and tells the host to stop sending what nobody else listens to. */
  readonly stop: () => Promise<void>;
};

type Registration = { readonly callbackId: Promise<number>; readonly sinks: Set<EventSink> };

const register: {
  readonly [S in EventSource]: (caller: LibvirtCaller, eventId: number) => Promise<{ callbackID: number }>;
} = {
  domain: (caller, eventID) => caller.call('connectDomainEventCallbackRegisterAny', { eventID, dom: null }),
  network: (caller, eventID) => caller.call('connectNetworkEventRegisterAny', { eventID, net: null }),
  'storage-pool': (caller, eventID) =>
    caller.call('connectStoragePoolEventRegisterAny', { eventID, pool: null }),
};

const deregister: {
  readonly [S in EventSource]: (caller: LibvirtCaller, callbackID: number) => Promise<undefined>;
} = {
  domain: (caller, callbackID) => caller.call('connectDomainEventCallbackDeregisterAny', { callbackID }),
  network: (caller, callbackID) => caller.call('connectNetworkEventDeregisterAny', { callbackID }),
  'storage-pool': (caller, callbackID) => caller.call('connectStoragePoolEventDeregisterAny', { callbackID }),
};

/** Registers each kind of event once per connection, for every object, and hands what comes to all who listen. */
export class EventHub {
  readonly #caller: LibvirtCaller;
  readonly #onProtocolProblem: (problem: LibvirtProtocolError) => void;
  readonly #registrations = new Map<EventName, Registration>();

  constructor(caller: LibvirtCaller, onProtocolProblem: (problem: LibvirtProtocolError) => void) {
    this.#caller = caller;
    this.#onProtocolProblem = onProtocolProblem;
  }

  async listen(names: readonly EventName[], sink: EventSink): Promise<EventListening> {
    const refused: { name: EventName; error: LibvirtError }[] = [];
    await Promise.all(
      names.map(async (name) => {
        try {
          await this.#join(name, sink);
        } catch (error) {
          await this.#leave(name, sink);
          if (!(error instanceof LibvirtError)) throw error;
          refused.push({ name, error });
        }
      }),
    );
    return {
      refused,
      stop: async () => void (await Promise.all(names.map((name) => this.#leave(name, sink)))),
    };
  }

  async #join(name: EventName, sink: EventSink): Promise<void> {
    let registration = this.#registrations.get(name);
    if (registration === undefined) {
      const { source, eventId } = eventMessages[name];
      const callbackId = register[source](this.#caller, eventId).then((answer) => answer.callbackID);
      registration = { callbackId, sinks: new Set() };
      this.#registrations.set(name, registration);
    }
    registration.sinks.add(sink);
    await registration.callbackId;
  }

  async #leave(name: EventName, sink: EventSink): Promise<void> {
    const registration = this.#registrations.get(name);
    if (registration === undefined || !registration.sinks.delete(sink) || registration.sinks.size > 0) return;
    this.#registrations.delete(name);
    const callbackId = await registration.callbackId.catch(() => undefined);
    if (callbackId !== undefined) await deregister[eventMessages[name].source](this.#caller, callbackId);
  }

  /** A notification came. What cannot be understood is reported, never dropped in silence. */
  accept(message: Message): void {
    const name = message.program === programs.remote ? eventByNumber(message.procedure) : undefined;
    try {
      if (name === undefined) return this.#unknown(message);
      const { payload: codec }: EventMessage = eventMessages[name];
      const payload: unknown = decodeWhole(codec, message.payload, `event ${name}`);
      for (const sink of this.#registrations.get(name)?.sinks ?? []) sink({ name, payload } as HostEvent);
    } catch (error) {
      if (!(error instanceof LibvirtProtocolError)) throw error;
      this.#onProtocolProblem(error);
    }
  }

  #unknown(message: Message): void {
    if (message.program === programs.remote && message.procedure === connectionClosedEvent.number) {
      const { reason } = decodeWhole(
        connectionClosedEvent.payload,
        message.payload,
        'event connection-closed',
      );
      throw new LibvirtProtocolError(`the daemon lost its hypervisor (reason ${reason})`);
    }
    throw new LibvirtProtocolError(
      `event ${message.procedure} of program 0x${message.program.toString(16)} is not known to this program`,
    );
  }
}
