import { expect, it } from 'vitest';
import { readRateFile } from './exchange-rate-file.ts';

const xml = `<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <Cube><Cube time='2026-10-02'><Cube currency='USD' rate='1.1234'/><Cube currency='PLN' rate='4.2613'/></Cube>
  <Cube time="2026-10-01"><Cube currency="PLN" rate="4.2500"/></Cube></Cube>
</gesmes:Envelope>`;
const json = JSON.stringify([
  {
    table: 'A',
    no: '190/A/NBP/2026',
    effectiveDate: '2026-10-01',
    rates: [
      { currency: 'euro', code: 'EUR', mid: 4.2613 },
      { currency: 'forint (Węgry)', code: 'HUF', mid: 0.010936 },
    ],
  },
]);

it.each([
  [
    "the ECB's history",
    'Date,USD,PLN,CZK,\n2026-10-02,1.1234,4.2613,N/A,\n2026-10-01,1.12,4.25,24.33,\n',
    'ECB',
    [
      ['USD', '2026-10-02', '1.1234'],
      ['PLN', '2026-10-02', '4.2613'],
      ['USD', '2026-10-01', '1.12'],
      ['PLN', '2026-10-01', '4.25'],
      ['CZK', '2026-10-01', '24.33'],
    ],
  ],
  [
    "the ECB's day",
    '\uFEFFDate, USD, PLN\r\n02 October 2026, 1.1234, 4.2613\r\n',
    'ECB',
    [
      ['USD', '2026-10-02', '1.1234'],
      ['PLN', '2026-10-02', '4.2613'],
    ],
  ],
  [
    "the ECB's XML",
    xml,
    'ECB',
    [
      ['USD', '2026-10-02', '1.1234'],
      ['PLN', '2026-10-02', '4.2613'],
      ['PLN', '2026-10-01', '4.2500'],
    ],
  ],
  [
    "NBP's table A",
    json,
    'NBP',
    [
      ['EUR', '2026-10-01', '4.2613'],
      ['HUF', '2026-10-01', '0.010936'],
    ],
  ],
])('%s is read', (_what, text, source, rates) => {
  const file = readRateFile(text);
  expect(file).toMatchObject({ ok: true, source });
  if (file.ok) expect(file.rates.map(({ currency, day, rate }) => [currency, day, rate])).toEqual(rates);
});

it.each([
  ['', /neither the ECB's CSV or XML nor NBP's JSON/],
  ['name;amount', /neither/],
  ['Date,USD\n', /no rate in it/],
  ['Date,USD\nyesterday,1.1\n', /"yesterday" is no day/],
  ['Date,USD\n2026-02-30,1.1\n', /"2026-02-30" is no day/],
  ['Date,USD\n2026-10-01,0\n', /rate of USD on 2026-10-01 is "0"/],
  ['Date,USD\n2026-10-01,-1.1\n', /rate of USD on 2026-10-01 is "-1.1"/],
  ['<Cube currency="USD" rate="1.1"/>', /rate of USD has no day/],
  ['<html></html>', /no rate in it/],
  ['[{"table":"C"}]', /not NBP's table A/],
  ['[oops', /no JSON/],
  ['[{"table":"A","effectiveDate":"2026-10-01","rates":[{"code":"EUR"}]}]', /no code or no mid/],
])('%j is refused in words', (text, reason) => {
  expect(readRateFile(text)).toEqual({ ok: false, reason: expect.stringMatching(reason) as string });
});
