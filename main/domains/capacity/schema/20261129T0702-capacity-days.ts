import type { SchemaStep } from '../../../platform/store/schema-step.ts';

/** What was sold of each cluster, day by day: from it follows when it is full. */
export const capacityDays: SchemaStep = {
  id: '20261129T0702-capacity-days',
  async up(to) {
    await to.run(
      `create table capacity_day (
        cluster_id text not null, day bigint not null, hosts bigint not null, vms bigint not null,
        cpu_sellable bigint not null, cpu_sold bigint not null,
        memory_sellable_bytes bigint not null, memory_sold_bytes bigint not null, memory_used_bytes bigint not null,
        disk_bytes bigint not null, disk_used_bytes bigint not null, primary key (cluster_id, day))`,
      'create index capacity_day_by_day on capacity_day (day)',
    );
  },
};
