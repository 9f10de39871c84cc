import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerPage } from './app-scheme.ts';

const outside = mkdtempSync(join(tmpdir(), 'app-scheme-'));
const pages = join(outside, 'renderer');

beforeAll(() => {
  mkdirSync(join(pages, 'assets'), { recursive: true });
  writeFileSync(join(outside, 'secret.txt'), 'secret');
  writeFileSync(join(outside, 'renderer-notes.js'), 'secret');
  writeFileSync(join(pages, 'index.html'), '<!doctype html>');
  writeFileSync(join(pages, 'assets/index.js'), 'export {}');
  writeFileSync(join(pages, 'assets/Inter é.woff2'), 'font');
  symlinkSync('../..', join(pages, 'assets/up.js'));
});
afterAll(() => {
  rmSync(outside, { recursive: true, force: true });
});

const html = 'text/html; charset=utf-8';
const script = 'text/javascript; charset=utf-8';

describe('what app:// serves', () => {
  test.each<[address: string, status: number, type?: string]>([
    ['app://innkeeper', 200, html],
    ['app://innkeeper/', 200, html],
    ['app://innkeeper/index.html', 200, html],
    ['app://innkeeper/vms/vm_1?alone#tab', 200, html],
    ['app://innkeeper/runs/run_1/run_1.0000001', 200, html],
    ['app://innkeeper/assets/index.js', 200, script],
    ['app://innkeeper/assets/index.js?v=1', 200, script],
    ['app://innkeeper/assets/Inter%20%C3%A9.woff2', 200, 'font/woff2'],
    ['app://innkeeper/assets/gone.js', 404],
    ['app://innkeeper/../secret.txt', 404],
    ['app://innkeeper/..%2fsecret.txt', 404],
    ['app://innkeeper/%2e%2e/secret.txt', 404],
    ['app://innkeeper/%2e%2e%2frenderer-notes.js', 404],
    ['app://innkeeper/..%5csecret.txt', 404],
    ['app://innkeeper/assets/up.js', 404],
    ['app://innkeeper/assets/index.js%00', 404],
    ['app://innkeeper/%', 404],
    ['app://innkeeper/%ff.js', 404],
    ['app://other/index.html', 404],
    ['app://innkeeper:80/index.html', 404],
    ['https://innkeeper/index.html', 404],
    ['not an address', 404],
  ])('%s: %i', async (address, status, type) => {
    const answer = await answerPage(pages, address);
    expect(answer.status).toBe(status);
    expect(await answer.text()).not.toContain('secret');
    if (type !== undefined) expect(answer.headers.get('content-type')).toBe(type);
  });

  test.each(['app://innkeeper/', 'app://innkeeper/gone.js'])('%s comes with its policy', async (address) => {
    const { headers } = await answerPage(pages, address);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).toContain("script-src 'self';");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
});
