import { describe, expect, test } from 'vitest';
import { routes } from '../../../renderer/app/routes.tsx';
import { newId } from '../../../shared/kernel/id.ts';
import { LINK_VIEWS, linkAmong, viewOfLink } from './deep-link.ts';
import { hasPage } from '../../testing/page-address.ts';

const invoice = newId('inv');

describe('the view of a link', () => {
  test.each<[link: string | undefined, view: string | undefined]>([
    ['innkeeper://vm/vm_01k9z3', '/vms/vm_01k9z3'],
    ['innkeeper://vm/vm_01k9z3/', '/vms/vm_01k9z3'],
    [`innkeeper://invoice/${invoice}`, `/invoices/${invoice}`],
    ['innkeeper://template/tpl_01k9z3', '/templates/tpl_01k9z3'],
    ['innkeeper://prague/vm/vm_01k9z3', '/at/prague/vms/vm_01k9z3'],
    ['innkeeper://eu-west-2/host/host_1/', '/at/eu-west-2/hosts/host_1'],
    ['innkeeper://Prague/vm/vm_1', undefined],
    ['innkeeper://prague/brno/vm/vm_1', undefined],
    ['innkeeper://prague/settings/vm_1', undefined],
    ['innkeeper:///vm/vm_1', undefined],
    [undefined, undefined],
    ['', undefined],
    ['innkeeper://', undefined],
    ['innkeeper://vm', undefined],
    ['innkeeper://vm/', undefined],
    ['innkeeper://vm/../settings', undefined],
    ['innkeeper://vm/vm_1/../../settings', undefined],
    ['innkeeper://vm/vm_1?alone', undefined],
    ['innkeeper://vm/vm_1#x', undefined],
    ['innkeeper://vm/vm_%2e%2e', undefined],
    ['innkeeper://VM/vm_1', undefined],
    ['innkeeper://settings/vm_1', undefined],
    ['innkeeper://constructor/vm_1', undefined],
    ['innkeeper://toString/vm_1', undefined],
    ['innkeeper://vm/vm_1\nX', undefined],
    [`innkeeper://vm/vm_${'1'.repeat(41)}`, undefined],
    ['https://vm/vm_1', undefined],
    ['xinnkeeper://vm/vm_1', undefined],
    ['javascript:alert(1)', undefined],
  ])('%j → %j', (link, view) => {
    expect(viewOfLink(link)).toBe(view);
  });

  test.each(Object.values(LINK_VIEWS))('%s is a page of the console', (base) => {
    expect(hasPage(routes, `${base}/x_1`)).toBe(true);
  });
});

describe('the link among the words a program was started with', () => {
  test.each<[words: string[], link: string | undefined]>([
    [['innkeeper', 'innkeeper://vm/vm_1'], 'innkeeper://vm/vm_1'],
    [['innkeeper', '--allow-file-access', 'innkeeper://vm/vm_1', '--practice'], 'innkeeper://vm/vm_1'],
    [['innkeeper', 'innkeeper://vm/vm_1', 'innkeeper://vm/vm_2'], 'innkeeper://vm/vm_1'],
    [['/opt/innkeeper', '--practice'], undefined],
    [[], undefined],
  ])('%j → %j', (words, link) => {
    expect(linkAmong(words)).toBe(link);
  });
});
