import type { Finding } from './alert-transition.ts';

const HEARD = ['connected', 'slow'];

export const NO_HOST = { id: '', name: '' };

/** Whether a host in this state is collected: else what is known of it is old. */
export function isHeard(hostState: string): boolean {
  return HEARD.includes(hostState);
}

export function ofVm(
  vm: { id: string; name: string; host_id: string; host_name: string; host_state: string },
  detail: string,
): Finding {
  return {
    subject: { kind: 'vm', id: vm.id, name: vm.name },
    host: { id: vm.host_id, name: vm.host_name },
    detail,
    isStale: !isHeard(vm.host_state),
  };
}

export function ofHost(host: { id: string; name: string; state: string }, detail: string): Finding {
  const { id, name, state } = host;
  return {
    subject: { kind: 'host', id, name },
    host: { id, name },
    detail,
    isStale: !isHeard(state),
  };
}
