import { domainBehaviours } from './conformance-domain.ts';
import { deviceBehaviours } from './conformance-device.ts';
import { refusalBehaviours } from './conformance-refusal.ts';
import { storageBehaviours } from './conformance-storage.ts';
import { networkBehaviours } from './conformance-network.ts';
import type { Behaviour } from './conformance-subject.ts';

/**
 * What a libvirt host does, as a table that is run against a practice host and against a real one. Where the two differ, the
 * practice host is wrong.
 */
export const behaviours: readonly Behaviour[] = [
  ...domainBehaviours,
  ...deviceBehaviours,
  ...refusalBehaviours,
  ...storageBehaviours,
  ...networkBehaviours,
];
