import type { Role } from '../../../shared/domains/access/role-rules.ts';

export interface AccessTables {
  person: {
    id: string;
    login: string;
    name: string;
    role: Role;
    active: 0 | 1;
    last_seen_at_ms: number | null;
  };
}
