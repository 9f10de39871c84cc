import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { callInPage } from '../call-in-page.ts';
import { openConsole } from '../console-for-test.ts';
import { choose, fill } from '../console-steps.ts';
import { root } from '../laws/source-files.ts';
import { createQcow2 } from '../practice/qcow2-file.ts';
import { palettePng } from './palette-png.ts';
import { fillConsole, importTemplate, whenCollected, whenMeasured, workADay } from './fill-console.ts';

const folder = join(root, 'docs/pictures');
const GIB = 1024 ** 3;

interface Picture {
  /** File: `<name>-dark.png` and `<name>-light.png`. */
  readonly name: string;
  readonly path: (page: Page) => Promise<string>;
  /** What is there when it is drawn. */
  readonly ready: string;
  /** It shows charts. */
  readonly hasCharts?: boolean;
  /** What a person does before it is taken. */
  readonly prepare?: (page: Page) => Promise<void>;
}

/** The busiest VM of a customer, so that its charts have something to show. */
const soldVm = async (page: Page): Promise<string> => {
  const { rows } = await callInPage(page, 'fleet.vmList', {
    query: 'state:running -customer=""',
    sort: 'cpu',
    direction: 'desc',
    limit: 1,
  });
  if (!rows[0]) throw new Error('no VM was sold');
  return rows[0].id;
};

const pictures: readonly Picture[] = [
  { name: 'overview', path: async () => '/', ready: 'text="Revenue and receivables"' },
  {
    name: 'vms',
    hasCharts: true,
    path: async (page) => `/vms/${await soldVm(page)}?range=5min`,
    ready: 'section[aria-label="Load"] canvas',
  },
  {
    name: 'vm',
    hasCharts: true,
    path: async (page) => `/vms/${await soldVm(page)}?range=5min&alone`,
    ready: 'section[aria-label="Load"] canvas',
  },
  {
    name: 'vm-console',
    path: async (page) => `/vms/${await soldVm(page)}?tab=console`,
    ready: '.xterm-rows',
    prepare: logIn,
  },
  {
    name: 'vm-new',
    path: async () => '/vms/new',
    ready: 'legend:text("Size")',
    prepare: fillVmForm,
  },
  {
    name: 'host',
    hasCharts: true,
    path: async (page) => {
      const { rows } = await callInPage(page, 'fleet.hostList', { query: 'hv-waw-01' });
      return `/hosts/${rows[0]?.id ?? ''}`;
    },
    ready: 'aside.ik-det .ik-badge',
  },
  { name: 'capacity', path: async () => '/capacity', ready: 'text="The whole fleet"' },
  {
    name: 'bulk',
    path: async () => '/vms',
    ready: '[role=grid] [data-tick]',
    prepare: previewShutdown,
  },
  { name: 'alert-rules', path: async () => '/alerts/rules', ready: 'text="Rules"' },
  {
    name: 'invoice',
    path: async (page) => {
      const { rows } = await callInPage(page, 'billing.invoiceList', { query: 'customer:Biuro', limit: 1 });
      return `/invoices/${rows[0]?.id ?? ''}`;
    },
    ready: 'iframe[src^="blob:"]',
  },
  {
    name: 'run',
    path: async (page) => {
      const { rows } = await callInPage(page, 'runs.runList', { limit: 1 });
      return `/runs/${rows[0]?.id ?? ''}`;
    },
    ready: '[role=grid] [data-tick]',
  },
  {
    name: 'run-row',
    path: async (page) => {
      const runId = (await callInPage(page, 'runs.runList', { limit: 1 })).rows[0]?.id ?? '';
      const { rows } = await callInPage(page, 'runs.runRows', {
        runId,
        sort: 'severity',
        direction: 'desc',
        limit: 1,
      });
      return `/runs/${runId}/${rows[0]?.id ?? ''}`;
    },
    ready: 'th:text("Quantity")',
    prepare: async (page) => await page.locator('td .ik-link.ik-el').first().click(),
  },
  {
    name: 'subscription',
    path: async (page) => {
      const { rows } = await callInPage(page, 'billing.subscriptionList', {
        query: 'customer:Biuro',
        limit: 1,
      });
      return `/subscriptions/${rows[0]?.id ?? ''}`;
    },
    ready: '.ik-det h2, .ik-det .ik-badge',
  },
  {
    name: 'plan',
    path: async (page) => {
      const { rows } = await callInPage(page, 'catalog.planList', { limit: 1 });
      return `/plans/${rows[0]?.id ?? ''}`;
    },
    ready: '.ik-det h2, .ik-det .ik-badge',
  },
  { name: 'ledger', path: async () => '/ledger', ready: 'text="Trial balance"' },
  {
    name: 'tasks',
    path: async (page) => {
      const { rows } = await callInPage(page, 'tasks.taskList', { limit: 1 });
      return `/tasks/${rows[0]?.id ?? ''}`;
    },
    ready: 'aside.ik-det',
  },
];

async function logIn(page: Page): Promise<void> {
  await page.locator('.xterm-screen').click();
  const says = async (words: RegExp): Promise<void> => {
    await page.locator('.xterm-rows').filter({ hasText: words }).waitFor();
  };
  const type = async (line: string): Promise<void> => {
    await page.keyboard.type(line);
    await page.keyboard.press('Enter');
  };
  await type('');
  await says(/login:/);
  await type('root');
  await says(/Password:/);
  await type('practice');
  await says(/#/);
  for (const command of ['date', 'uname -a', 'df', 'ip']) await type(command);
  await says(/# date[^]*# uname[^]*# df[^]*# ip/);
  // Away from the terminal, whose bar shows under the pointer.
  await page.mouse.move(0, 0);
}

async function previewShutdown(page: Page): Promise<void> {
  await page.locator('[role=grid]').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: /^Select all/ }).click();
  await page.getByRole('button', { name: 'Shut down…' }).click();
  await page.getByRole('dialog').getByText('will shut down').first().waitFor();
}

async function fillVmForm(page: Page): Promise<void> {
  await choose(page, 'Template', 'Debian 12');
  await fill(page, { Name: 'acct-4901' });
  await choose(page, 'Customer', 'Orzeł Podatki');
}

/** Stands still: what was asked for has come, and two looks at the page are the same. */
async function settled(page: Page): Promise<Buffer> {
  await page.evaluate(async () => await document.fonts.ready);
  await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' });
  let before = await page.screenshot();
  for (let looks = 0; looks < 10; looks += 1) {
    await page.waitForTimeout(400);
    const now = await page.screenshot();
    if (now.equals(before)) return now;
    before = now;
  }
  // Live numbers move: what is seen then is a moment of them.
  return before;
}

async function take(page: Page, origin: string, picture: Picture): Promise<void> {
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto(origin + (await picture.path(page)));
  await page.locator(picture.ready).first().waitFor();
  await picture.prepare?.(page);
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.locator(`html[data-mantine-color-scheme="${colorScheme}"]`).waitFor();
    await settled(page);
    writeFileSync(join(folder, `${picture.name}-${colorScheme}.png`), palettePng(await page.screenshot()));
  }
  process.stdout.write(`${picture.name}\n`);
}

/** `npm run pictures [-- NAME …]`: takes the pictures of README and guide anew, on the practice fleet. */
async function takePictures(names: readonly string[]): Promise<void> {
  const wanted = pictures.filter(({ name }) => names.length === 0 || names.includes(name));
  const images = mkdtempSync(join(tmpdir(), 'innkeeper-pictures-'));
  const console_ = await openConsole(['--practice']);
  try {
    const { page, origin } = console_;
    const image = join(images, 'debian-12-genericcloud-amd64.qcow2');
    createQcow2(image, { capacityBytes: 2 * GIB, backingFile: null, backingFormat: null });
    await whenCollected(page);
    const templateId = await importTemplate(page, image);
    await fillConsole(page);
    await workADay(page, templateId);
    mkdirSync(folder, { recursive: true });
    if (wanted.some(({ hasCharts }) => hasCharts)) await whenMeasured(page, await soldVm(page));
    for (const picture of wanted) await take(page, origin, picture);
  } finally {
    await console_.close();
    rmSync(images, { recursive: true, force: true });
  }
}

await takePictures(process.argv.slice(2));
