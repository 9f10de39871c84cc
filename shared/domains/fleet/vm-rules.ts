/**
 * States of a VM: libvirt's virDomainState in its own words, and two of ours: `provisioning` (our task still makes it)
 * and `missing` (it vanished from its host behind our back).
 */
export const VM_STATES = [
  'running',
  'blocked',
  'paused',
  'shutting-down',
  'shut-off',
  'crashed',
  'suspended',
  'unknown',
  'provisioning',
  'missing',
] as const;
export type VmState = (typeof VM_STATES)[number];

/** What a person reads. */
export const STATE_WORDS: Readonly<Record<VmState, string>> = {
  running: 'Running',
  blocked: 'Running',
  paused: 'Paused',
  'shutting-down': 'Shutting down',
  'shut-off': 'Stopped',
  crashed: 'Crashed',
  suspended: 'Suspended',
  unknown: 'Unknown',
  provisioning: 'Being made',
  missing: 'Missing',
};
