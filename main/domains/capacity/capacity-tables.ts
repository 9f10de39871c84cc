/** Tables of this domain. */
export interface CapacityTables {
  /** What was sold of a cluster at the end of a day, UTC; of today, until now. */
  capacity_day: {
    cluster_id: string;
    /** Days since 1970-01-01. */
    day: number;
    hosts: number;
    vms: number;
    cpu_sellable: number;
    cpu_sold: number;
    memory_sellable_bytes: number;
    memory_sold_bytes: number;
    memory_used_bytes: number;
    disk_bytes: number;
    disk_used_bytes: number;
  };
}
