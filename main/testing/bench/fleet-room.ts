import { sql } from 'kysely';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { FIRST_CLUSTER_ID } from '../../domains/fleet/clusters/cluster-store.ts';
import { noFacts, noTimings } from '../../domains/fleet/hosts/host-store.ts';
import type { CustomersPublicTables } from '../../domains/customers/customers-public.ts';
import type { FleetTables } from '../../domains/fleet/fleet-tables.ts';
import { insertVms, type VmRecord } from '../../domains/fleet/vms/vm-store.ts';
import type { SchemaStep } from '../../platform/store/schema-step.ts';
import { openStore } from '../../platform/store/store-open.ts';
import type { Store, StoreKind } from '../../platform/store/store.ts';
import { fleetTestSchema } from '../fleet-for-test.ts';
import { makePostgresCluster } from '../postgres-cluster.ts';

export const HOSTS = 350;
export const VMS_PER_HOST = 160;
export const VMS = HOSTS * VMS_PER_HOST;

const GIB = 1024 ** 3;
const states = [
  'running',
  'running',
  'running',
  'running',
  'running',
  'running',
  'shut-off',
  'paused',
  'crashed',
];
const regions = ['waw', 'prg', 'bud', 'otp', 'vie'];

/** `BENCH_STORE=sqlite`: only that. */
const ONLY_STORE = process.env['BENCH_STORE'];

/** Both kinds of store, one after the other, with addresses of new ones; all are gone afterwards. */
export async function onBothKinds(
  work: (kind: StoreKind, newAddress: () => Promise<string>) => Promise<void>,
): Promise<void> {
  if (ONLY_STORE !== 'postgres') {
    const folder = mkdtempSync(join(tmpdir(), 'innkeeper-bench-'));
    let stores = 0;
    try {
      await work('sqlite', async () => `sqlite:${join(folder, `store-${(stores += 1)}.db`)}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  if (ONLY_STORE === 'sqlite') return;
  const cluster = await makePostgresCluster();
  if (cluster === undefined) throw new Error('This bench needs PostgreSQL: apt-get install postgresql');
  const sql = postgres(cluster.url, { max: 1, onnotice: () => undefined });
  let databases = 0;
  try {
    await work('postgres', async () => {
      const name = `bench_${(databases += 1)}`;
      await sql.unsafe(`create database ${name} template template0`);
      return new URL(`/${name}`, cluster.url).href;
    });
  } finally {
    await sql.end();
    await cluster.remove();
  }
}

/** Runs `work` on a new embedded store and on a new PostgreSQL, one after the other; both are gone afterwards. */
export async function onBothStores(
  work: (store: Store, kind: StoreKind) => Promise<void>,
  schema: readonly SchemaStep[] = fleetTestSchema,
): Promise<void> {
  await onBothKinds(async (kind, newAddress) => {
    const store = await openStore({ address: await newAddress(), schema, program: benchProgram });
    try {
      await work(store, kind);
    } finally {
      await store.close();
    }
  });
}

export const benchProgram = { name: 'Innkeeper', version: '0' };

/** 350 hosts with 160 VMs each, or with fewer in all, as years of use leave them: names, a customer each, sizes, states, tags of many kinds. */
export async function fillFleet(store: Store, vms = VMS): Promise<void> {
  await store.transaction<FleetTables & CustomersPublicTables, void>(async (trx) => {
    await store.insertMany(
      trx,
      'host',
      Array.from({ length: HOSTS }, (_, n) => hostRow(n)),
    );
  });
  for (let first = 0; first < vms; first += 8000) {
    await store.transaction<FleetTables, void>(async (trx) => {
      const numbers = Array.from({ length: Math.min(8000, vms - first) }, (_, n) => first + n);
      await store.insertMany(trx, 'customer', numbers.map(customerRow));
      const rows = Array.from({ length: Math.min(8000, vms - first) }, (_, n) => vmRow(first + n));
      await insertVms(trx, store, rows);
    });
  }
  // As a database that has been up for a while knows its tables.
  await sql`analyze`.execute(store.tables());
}

const firstNames = ['Anna', 'Łukasz', 'Zoë', 'Jiří', 'Ștefan', 'Ágnes', 'Søren', 'Marta', 'Petr', 'Żaneta'];
const lastNames = [
  'Jarzębina',
  'Novák',
  'Kovács',
  'Popescu',
  'Wiśniewska',
  'Dvořák',
  'Szabó',
  'Groß',
  'Lis',
  'Ionescu',
];

function customerRow(n: number): CustomersPublicTables['customer'] {
  const name = `${firstNames[scatter(n, 10)]} ${lastNames[scatter(n + 7, 10)]} ${n}`;
  return {
    id: `cus_${n}`,
    number: `C-${n}`,
    kind: 'company',
    name,
    street: 'Długa 1',
    postcode: '00-001',
    city: 'Warszawa',
    country: 'PL',
    vat_id: '',
    email: `office@customer-${n}.example`,
    currency: 'PLN',
    language: 'pl',
    time_zone: 'Europe/Warsaw',
    notes: '',
    active: 1,
    created_at_ms: n,
    company_id: 'com_1',
    billing_zone: '',
    tax_country: '',
    tax_evidence: '[]',
    postal: 'null',
  };
}

function hostRow(n: number): FleetTables['host'] {
  return {
    id: `host_${n}`,
    name: `hv${n + 1}`,
    address: `10.${n >> 8}.${n & 255}.1`,
    port: 22,
    user_name: 'root',
    jump: '[]',
    socket_path: null,
    host_key_algorithm: 'ssh-ed25519',
    host_key_fingerprint: `SHA256:${n}`,
    shown_host_key: null,
    auth_kind: 'agent',
    sealed_auth: null,
    added_at_ms: 0,
    removed_at_ms: null,
    state: n % 100 === 7 ? 'unreachable' : 'connected',
    reason: '',
    reason_code: '',
    maintenance: 'active',
    move_address: '',
    state_since_at_ms: 0,
    seen_at_ms: Date.now(),
    libvirt_version: '9.0.0',
    qemu_version: '7.2.0',
    cpu_model: 'EPYC',
    cpu_count: 128,
    memory_bytes: 1024 * GIB,
    memory_used_bytes: 700 * GIB,
    memory_sold_bytes: 800 * GIB,
    cpu_used_percent: n % 100,
    cpu_sold: 300,
    vms: VMS_PER_HOST,
    vms_running: VMS_PER_HOST - 20,
    disk_bytes: 30_000 * GIB,
    disk_free_bytes: 10_000 * GIB,
    problems: n % 9 === 0 ? 1 : 0,
    facts: JSON.stringify(noFacts),
    timings: JSON.stringify(noTimings),
    cluster_id: FIRST_CLUSTER_ID,
    labels: '[]',
  };
}

/** A spread that is the same every time and has no order. */
function scatter(n: number, below: number): number {
  return Math.imul(n + 1, 2_654_435_761) % below < 0
    ? (Math.imul(n + 1, 2_654_435_761) % below) + below
    : Math.imul(n + 1, 2_654_435_761) % below;
}

export function uuidOf(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

export function vmRow(n: number): VmRecord {
  const disk = {
    target: 'vda',
    bus: 'virtio',
    device: 'disk',
    source: `/var/lib/libvirt/images/acct-${n}.qcow2`,
  };
  const memoryBytes = (1 + scatter(n, 16)) * GIB;
  const address = `10.${64 + (n >> 14)}.${(n >> 6) & 255}.${n & 63}`;
  return {
    id: `vm_${String(scatter(n, 2 ** 31)).padStart(10, '0')}_${n}`,
    uuid: uuidOf(n),
    host_id: `host_${n % HOSTS}`,
    name: `acct-${String(scatter(n, 100_000)).padStart(5, '0')}-${regions[n % regions.length]}`,
    state: states[scatter(n, states.length)] ?? 'running',
    customer_id: n % 50 === 0 ? null : `cus_${n}`,
    template_id: null,
    address,
    vcpus: 1 + scatter(n, 8),
    memory_bytes: memoryBytes,
    memory_used_bytes: Math.round(memoryBytes / 2),
    disk_bytes: (20 + scatter(n, 200)) * GIB,
    cpu_percent: scatter(n, 101),
    started_at_ms: Date.now() - scatter(n, 90 * 86_400_000),
    tags: JSON.stringify([`wave-${scatter(n, 40)}`, regions[n % regions.length]]),
    os: n % 3 === 0 ? 'Debian GNU/Linux 12 (bookworm)' : 'Ubuntu 24.04.1 LTS',
    agent: 1,
    autostart: 1,
    persistent: 1,
    disks: JSON.stringify([{ ...disk, readonly: false, capacityBytes: 40 * GIB, allocationBytes: 12 * GIB }]),
    nics: JSON.stringify([
      { mac: '52:54:00:00:00:01', model: 'virtio', source: 'br0', target: 'vnet1', addresses: [address] },
    ]),
    graphics: 'vnc 127.0.0.1:5901',
    notes: '',
    created_at_ms: n,
    missing_since_at_ms: null,
    noted_at_ms: 0,
    moving_to: null,
    next_vcpus: 0,
    next_memory_bytes: 0,
  };
}
