import { expect, test } from 'vitest';
import { hideAddress, hideSecrets } from './hide-address.ts';

const slack = new URL('https://hooks.slack.com/services/T012AB3CD/B045EF6GH/kL9mN0pQ');

test.each([
  [slack, `Cannot POST ${slack.pathname}`, 'Cannot POST [hidden]'],
  [slack, `${slack.href} is unknown`, '[hidden] is unknown'],
  [slack, 'token kL9mN0pQ is revoked', 'token [hidden] is revoked'],
  [slack, '{"path":"\\/services\\/T012AB3CD\\/B045EF6GH\\/kL9mN0pQ"}', '{"path":"[hidden]"}'],
  [slack, 'hooks.slack.com says no service', 'hooks.slack.com says no service'],
  [new URL('http://h/hook?key=a%2Fb%20c12345'), 'bad key a/b c12345', 'bad key [hidden]'],
  [new URL('http://h/hook?key=a%2Fb%20c12345'), 'GET /hook?key=a%2Fb%20c12345', 'GET [hidden]'],
  [new URL('http://h/'), 'either / or', 'either / or'],
])('of %s in "%s"', (url, said, shown) => {
  expect(hideAddress(said, url)).toBe(shown);
});

test('no secrets hide nothing, and one within another leaves none of it', () => {
  expect(hideSecrets('as it is', [])).toBe('as it is');
  expect(hideSecrets('as it is', [''])).toBe('as it is');
  expect(hideSecrets('abc-abcdef', ['abc', 'abcdef'])).toBe('[hidden]-[hidden]');
});
