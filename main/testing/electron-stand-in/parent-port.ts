import { EventEmitter } from 'node:events';
import {
  MessageChannelStandIn,
  type Elsewhere,
  type MessagePortStandIn,
  type WireMessage,
} from './message-ports.ts';
import { pretendRuntime } from './pretend-runtime.ts';

// Loaded with `node --import` in the engine's process: makes `process.parentPort`, as Electron does in a utility process.

pretendRuntime('utility');
const ports = new Map<number, Elsewhere>();
const send = (message: WireMessage): void => void process.send?.(message);

class ParentPortStandIn extends EventEmitter {
  private readonly waiting: unknown[] = [];

  constructor() {
    super();
    // Messages wait until somebody listens.
    this.on('newListener', (name) => {
      if (name === 'message')
        queueMicrotask(() => this.waiting.splice(0).forEach((event) => this.emit('message', event)));
    });
  }

  postMessage(message: unknown): void {
    send({ kind: 'message', data: message, ports: [] });
  }

  receive(event: { data: unknown; ports: MessagePortStandIn[] }): void {
    if (this.listenerCount('message') > 0 && this.waiting.length === 0) this.emit('message', event);
    else this.waiting.push(event);
  }
}

const parentPort = new ParentPortStandIn();
Object.defineProperty(process, 'parentPort', { value: parentPort });

function portFromThere(id: number): MessagePortStandIn {
  const { port1, port2 } = new MessageChannelStandIn();
  const back = port2.handOver({
    deliver: (data) => send({ kind: 'port', id, data }),
    closed: () => send({ kind: 'port-closed', id }),
  });
  ports.set(id, back);
  return port1;
}

process.on('message', (message: WireMessage) => {
  if (message.kind === 'message')
    parentPort.receive({ data: message.data, ports: message.ports.map(portFromThere) });
  else if (message.kind === 'port') ports.get(message.id)?.deliver(message.data);
  else ports.get(message.id)?.closed();
});
// A utility process does not outlive the program it belongs to.
process.on('disconnect', () => process.exit(1));
