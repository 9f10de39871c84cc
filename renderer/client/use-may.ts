import type { Permission } from '../../shared/contract/permission.ts';
import { useQuery } from './use-query.ts';

/** Why the person at work may not do it, for a button's `reason`; null when they may. */
export function useMay(permission: Permission): string | null {
  const me = useQuery('access.whoAmI', {}, { topics: ['person'] });
  if (!me.data || me.data.permissions.includes(permission)) return null;
  return `Your role, ${me.data.role}, may not do this (${permission}). An administrator can change that in Settings.`;
}
