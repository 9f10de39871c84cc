import { performance } from 'node:perf_hooks';
import { periodPrice } from '../../../shared/domains/billing/price-component.ts';
import { localDate } from '../../../shared/kernel/local-date.ts';
import { allSchema } from '../../app/all-schema.ts';
import type { CatalogTables } from '../../domains/catalog/catalog-tables.ts';
import { addVersion } from '../../domains/catalog/version-store.ts';
import type { CustomerTable } from '../../domains/customers/customers-tables.ts';
import { freezeScope } from '../../domains/repricing/repricing-create.ts';
import type { RepricingParts } from '../../domains/repricing/repricing-parts.ts';
import { previewRepricing } from '../../domains/repricing/repricing-preview.ts';
import { changeRepricing } from '../../domains/repricing/repricing-store.ts';
import { countsOf } from '../../domains/repricing/repricing-sums.ts';
import type { RepricingRecord, RepricingTables } from '../../domains/repricing/repricing-tables.ts';
import { workRepricing } from '../../domains/repricing/repricing-work.ts';
import type { Store } from '../../platform/store/store.ts';
import { tell } from './bench-process.ts';
import { atMost, machineLine, type BenchLimit, type BenchMetric, type BenchResult } from './bench-result.ts';
import { fillBilling, nowMs, partsOf, SUBSCRIPTIONS } from './billing-fleet.ts';
import { onBothStores } from './fleet-room.ts';

const idle = { round: 1, signal: new AbortController().signal, progress: () => undefined };

/** Moves 56,000 subscriptions over twelve plans to one: freezes them, previews what each pays and would pay, and moves them. */
export async function run(): Promise<BenchResult> {
  const metrics: BenchMetric[] = [];
  const limits: BenchLimit[] = [];
  await onBothStores(async (store, kind) => {
    tell(`${kind}, ${SUBSCRIPTIONS}: filling`);
    await fillBilling(store);
    await fillCustomers(store);
    await targetPlan(store);
    const parts: RepricingParts = { store, billing: partsOf(store) };
    const timed = async (what: string, work: () => Promise<unknown>): Promise<void> => {
      tell(what);
      const before = process.cpuUsage();
      const beganMs = performance.now();
      await work();
      const ms = performance.now() - beganMs;
      const used = process.cpuUsage(before);
      const counts = (await countsOf(store.tables<RepricingTables>(), ['rep_1'])).get('rep_1');
      const states = Object.entries(counts ?? {}).filter(([, count]) => count > 0);
      const note = `${states.map(([state, count]) => `${count} ${state}`).join(', ')}; ${((used.user + used.system) / 1000).toFixed(0)} ms of processor`;
      metrics.push({ metric: `${kind}: ${what}`, value: ms, unit: 'ms', note });
    };
    await timed('freeze whom it is about', async () => {
      await store.transaction<RepricingTables, void>(async (trx) => {
        await freezeScope(parts, trx, moveOf('rep_1'));
      });
    });
    const memoryBefore = process.memoryUsage().rss;
    await timed('preview', async () => {
      await previewRepricing(parts, { repricingId: 'rep_1', ...idle });
    });
    const grown = (process.memoryUsage().rss - memoryBefore) / 2 ** 20;
    metrics.push({ metric: `${kind}: memory grown by the preview`, value: grown, unit: 'MiB' });
    await changeRepricing(store.tables<RepricingTables>(), 'rep_1', { state: 'moving' });
    await timed('move', async () => {
      await workRepricing(parts, { repricingId: 'rep_1', way: 'moving', ...idle });
    });
    const { done = 0 } = (await countsOf(store.tables<RepricingTables>(), ['rep_1'])).get('rep_1') ?? {};
    limits.push(atMost(`${kind}: not moved`, SUBSCRIPTIONS - done, 'subscriptions', 0));
  }, allSchema);
  const memory = process.resourceUsage().maxRSS / 1024;
  metrics.push({ metric: 'memory at most', value: memory, unit: 'MiB', note: 'with making the fleet' });
  return {
    name: 'billing-move',
    machine: machineLine(),
    metrics,
    baseline: `${SUBSCRIPTIONS} subscriptions; no limit of time is given`,
    limits: [...limits, atMost('memory', memory, 'MiB', 1024)],
  };
}

async function fillCustomers(store: Store): Promise<void> {
  await store.transaction<{ customer: CustomerTable }, void>(async (trx) => {
    const row = {
      kind: 'person',
      street: '',
      postcode: '',
      city: '',
      country: 'PL',
      vat_id: '',
      email: '',
      currency: 'PLN',
      language: 'pl',
      time_zone: 'Europe/Warsaw',
      notes: '',
      company_id: 'com_1',
      billing_zone: '',
      tax_country: '',
      tax_evidence: '[]',
      postal: 'null',
      active: 1,
      created_at_ms: 0,
    } as const;
    const ids = Array.from({ length: SUBSCRIPTIONS }, (_, n) => n);
    const rows = ids.map((n): CustomerTable => {
      return { ...row, id: `cus_${n}`, number: `C-${100_000 + n}`, name: `Klient ${n}` };
    });
    // The fleet has some of its own.
    await store.insertMany(trx, 'customer', rows, { onConflict: 'ignore' });
  });
}

async function targetPlan(store: Store): Promise<void> {
  await store.transaction<CatalogTables, void>(async (trx) => {
    const plan = { id: 'plan_moved', name: 'Moved', description: '', active: 1, created_at_ms: 0 } as const;
    await trx
      .insertInto('plan')
      .values({ ...plan, product_id: 'product_vps' })
      .execute();
    const components = [
      { kind: 'recurring', id: 'fee', every: 'month', timing: 'in-advance', price: '21.95' },
      { kind: 'allocation', id: 'vcpu', resource: 'vcpu', every: 'month', timing: 'in-advance', price: '3' },
    ];
    await addVersion(trx as never, {
      planId: plan.id,
      validFrom: localDate('2026-01-01'),
      nowMs: 99,
      price: periodPrice.parse({ currency: 'PLN', components }),
    });
  });
}

function moveOf(id: string): RepricingRecord {
  return {
    id,
    plan_id: 'plan_moved',
    plan_name: 'Moved',
    version_id: '',
    query: '',
    effect: 'period-end',
    state: 'previewing',
    state_reason: '',
    round: 1,
    task_id: '',
    prepared_by: 'anna',
    prepared_at_ms: nowMs,
    started_by: '',
    started_at_ms: null,
    digest: '',
    previewed_until: 0,
    total: 0,
    ended_at_ms: null,
  };
}
