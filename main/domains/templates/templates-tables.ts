import type { TemplateRow } from '../../../shared/domains/templates/templates-contract.ts';

export interface TemplatesTables {
  template: {
    id: string;
    name: string;
    /** The name without regard to case, which is what must be unique. */
    name_key: string;
    os: string;
    state: TemplateRow['state'];
    /** Its deletion has begun: no VM is made from it any more. */
    deleting: 0 | 1;
    format: TemplateRow['format'];
    virtual_size_bytes: number;
    file_bytes: number;
    sha256: string;
    min_disk_bytes: number;
    min_memory_bytes: number;
    min_vcpus: number;
    /** For eyes: without credentials. */
    source: string;
    /** Path or address to read the image from once more; null where the address holds a secret. */
    source_again: string | null;
    created_at_ms: number;
  };
  template_copy: {
    template_id: string;
    host_id: string;
    volume: string;
    /** `leftover`: to be removed as soon as the host can be reached. */
    state: 'copying' | 'ready' | 'leftover';
    changed_at_ms: number;
  };
}
