import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Decimal } from 'decimal.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addDays, daysInMonth } from '../../../shared/kernel/local-date.ts';
import { clockBeforeMidnight, type ShiftedClock } from '../../testing/clock-before-midnight.ts';
import type { Lab } from '../../testing/lab/lab.ts';
import type { LabHost } from '../../testing/lab/lab-host.ts';
import { describeLab, labFromSetup } from '../../testing/lab/lab-in-test.ts';
import { makePostgresCluster, type PostgresCluster } from '../../testing/postgres-cluster.ts';
import { programForTest, type ProgramForTest } from '../../testing/program-for-test.ts';

const MIB = 1024 * 1024;
const ZONE = 'Europe/Warsaw';
/** Long enough to make the VM and let it run a little before the day ends. */
const LEFT_MS = 60_000;

describeLab(
  'the main job from the command line, on PostgreSQL: from a bare host to the amounts on the invoice',
  () => {
    let lab: Lab;
    let host: LabHost;
    let clock: ShiftedClock;
    let cluster: PostgresCluster | undefined;
    let program: ProgramForTest;

    beforeAll(async () => {
      lab = labFromSetup();
      host = lab.host('hv1');
      clock = clockBeforeMidnight(ZONE, LEFT_MS);
      Object.assign(process.env, clock.environment);
      // The database's clock is the one that leases and usage go by: it must tell the same time.
      cluster = await makePostgresCluster();
      for (const name of Object.keys(clock.environment)) delete process.env[name];
      if (cluster === undefined) throw new Error('this needs PostgreSQL');
      program = programForTest({
        store: cluster.url,
        environment: { ...clock.environment, INNKEEPER_SWEEP_SECONDS: '3' },
      });
    });

    afterAll(async () => {
      await program?.close();
      await cluster?.remove();
      await host.tryExec(
        'virsh destroy acct-4812; virsh undefine acct-4812; rm -f /var/lib/libvirt/images/*',
      );
      await host.virsh(['pool-refresh', 'default']);
    });

    test(
      'adds the host, imports the image, makes the VM, sells it, and the hours of its first day become an invoice',
      { timeout: 300_000 },
      async () => {
        const unknown = await program.run(
          'call',
          'fleet.hostProbe',
          JSON.stringify({ address: host.address, auth: { kind: 'key', privateKey: host.privateKey } }),
        );
        expect(unknown).toMatchObject({
          code: 3,
          stdout: '',
          stderr: expect.stringContaining('host-key-unknown') as string,
        });
        expect(unknown.stderr).toContain(host.hostKeyFingerprint);
        await program.startWorker();

        await program.call('fleet.hostAdd', {
          name: 'hv1',
          address: host.address,
          auth: { kind: 'key', privateKey: host.privateKey },
          acceptedFingerprint: host.hostKeyFingerprint,
        });
        await expect
          .poll(async () => await program.call('fleet.hostList'), { timeout: 60_000 })
          .toMatchObject({ rows: [{ name: 'hv1', state: 'connected' }] });
        const { templateId } = await program.call<{ templateId: string }>(
          'templates.templateImport',
          { name: 'Mini 1', os: 'Lab mini', source: { kind: 'file', path: await lab.image() } },
          '--wait',
        );

        await program.call('billing.companySave', {
          name: 'Zajazd Hosting sp. z o.o.',
          street: 'ul. Przykładowa 28',
          postcode: '00-950',
          city: 'Warszawa',
          country: 'PL',
          vatId: 'PL5260250995',
          accounts: [{ currency: 'PLN', iban: 'PL61 1090 1014 0000 0712 1981 2874' }],
          timeZone: ZONE,
        });
        const { customerId } = await program.call<{ customerId: string }>('customers.customerCreate', {
          name: 'Biuro Rachunkowe Jarzębina',
          street: 'ul. Wzorcowa 5',
          postcode: '30-901',
          city: 'Kraków',
          country: 'PL',
          currency: 'PLN',
          language: 'pl',
        });
        const price = { currency: 'PLN', perMonth: '310.00', perVcpuHour: '36', perGibHour: '72' };
        const { planId } = await program.call<{ planId: string }>('catalog.planCreate', {
          name: 'A-1',
          prices: [price],
          validFrom: clock.today,
        });
        const { vmId, task } = await program.call<{
          vmId: string;
          task: { state: string; result: { address: string } };
        }>(
          'fleet.vmCreate',
          {
            name: 'acct-4812',
            templateId,
            customerId,
            vcpus: 1,
            memoryBytes: 128 * MIB,
            diskBytes: 512 * MIB,
            network: { kind: 'bridge', name: 'br0' },
            sshKeys: [readFileSync(`${lab.privateKeyFile}.pub`, 'utf8').trim()],
          },
          '--wait',
        );
        expect(task.state).toBe('succeeded');
        const { subscriptionId } = await program.call<{ subscriptionId: string }>(
          'billing.subscriptionStart',
          { customerId, planId, vmId, startsOn: clock.today },
        );

        await expect
          .poll(async () => await program.call('billing.dayState'), { timeout: 150_000, interval: 1000 })
          .toMatchObject({ closedUntil: clock.today });

        const period = { start: clock.today, endExclusive: addDays(clock.today, 1) };
        const usage = await program.call<{ vcpuHours: string; gibHours: string; rows: unknown[] }>(
          'billing.usageList',
          { vmId, ...period },
        );
        expect(Number(usage.vcpuHours)).toBeGreaterThan(0);
        expect(Number(usage.vcpuHours)).toBeLessThan(LEFT_MS / 3_600_000);
        const expected = [
          new Decimal(price.perMonth).div(daysInMonth(clock.today)),
          new Decimal(price.perVcpuHour).mul(usage.vcpuHours),
          new Decimal(price.perGibHour).mul(usage.gibHours),
        ].map((amount) => amount.toDecimalPlaces(2, Decimal.ROUND_HALF_UP));
        const { rows } = await program.call<{
          rows: { component: string; amount: { amountMinor: string } }[];
        }>('billing.chargeList', { subscriptionId });
        // The display of hours is rounded, so a metered amount may be a cent off what we compute from it.
        for (const [index, component] of ['month', 'vcpu-hours', 'gib-hours'].entries()) {
          const charged = new Decimal(
            rows.find((row) => row.component === component)?.amount.amountMinor ?? Number.NaN,
          ).div(100);
          expect(
            charged
              .sub(expected[index] ?? 0)
              .abs()
              .lessThanOrEqualTo(0.01),
          ).toBe(true);
        }

        const again = await program.call('billing.dayClose', { day: clock.today });
        expect(again).toMatchObject({ posted: 0, already: rows.length });
        const scope = { customerId, periodStart: clock.today, periodEndExclusive: period.endExclusive };
        const { invoiceId, number, gross } = await program.call<{
          invoiceId: string;
          number: string;
          gross: { amountMinor: string };
        }>('billing.invoiceCreate', scope);
        const net = rows.reduce((sum, row) => sum.add(row.amount.amountMinor), new Decimal(0));
        const vat = net.mul('0.23').toDecimalPlaces(0, Decimal.ROUND_HALF_UP);
        expect(gross.amountMinor).toBe(net.add(vat).toFixed(0));
        const twice = await program.run('call', 'billing.invoiceCreate', JSON.stringify(scope));
        expect([twice.code, twice.stderr.split(':')[0]]).toEqual([3, 'nothing-to-invoice']);

        const pdf = await program.call<{ base64: string; sha256: string; fileName: string }>(
          'billing.invoicePdf',
          { invoiceId },
        );
        const same = await program.call<{ sha256: string }>('billing.invoicePdf', { invoiceId });
        const bytes = Buffer.from(pdf.base64, 'base64');
        expect([createHash('sha256').update(bytes).digest('hex'), same.sha256]).toEqual([
          pdf.sha256,
          pdf.sha256,
        ]);
        const file = join(program.home, 'invoice.pdf');
        writeFileSync(file, bytes);
        const text = execFileSync('pdftotext', ['-layout', file, '-'], { encoding: 'utf8' });
        const polish = (minor: Decimal): string => minor.div(100).toFixed(2).replace('.', ',');
        for (const words of [
          number,
          'Biuro Rachunkowe Jarzębina',
          'Zajazd Hosting',
          'acct-4812',
          polish(net),
          polish(vat),
          polish(net.add(vat)),
        ])
          expect(text).toContain(words);

        expect(await program.run('ledger', 'verify')).toMatchObject({
          code: 0,
          stdout: expect.stringContaining('"ok":true') as string,
        });
        expect(await program.run('audit', 'verify')).toMatchObject({
          code: 0,
          stdout: expect.stringContaining('"ok":true') as string,
        });
      },
    );
  },
);
