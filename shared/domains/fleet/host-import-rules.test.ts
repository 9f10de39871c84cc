import { describe, expect, test } from 'vitest';
import { csvCells, guessColumns, isHeader, readImport } from './host-import-rules.ts';

const KEY = `SHA256:${'a'.repeat(43)}`;

describe('the cells of a list', () => {
  test.each<[string, string, string[][]]>([
    [
      'commas',
      'a,b\nc,d\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'semicolons, as a spreadsheet with decimal commas writes them',
      'a;b,c\r\nd;e',
      [
        ['a', 'b,c'],
        ['d', 'e'],
      ],
    ],
    [
      'tabs',
      'a\tb\nc\td',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'quotes with commas, quotes and line ends in them',
      '"a,1","b ""x""","c\nd"',
      [['a,1', 'b "x"', 'c\nd']],
    ],
    [
      'a mark of the byte order and empty lines',
      '\uFEFFa,b\n\n , \nc,d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['one column', 'hv1\nhv2', [['hv1'], ['hv2']]],
    ['nothing', ' \n', []],
  ])('%s', (_case, text, cells) => {
    expect(csvCells(text)).toEqual(cells);
  });
});

test.each<[string[], (string | null)[]]>([
  [
    ['Name', 'Address', 'Port'],
    ['name', 'address', 'port'],
  ],
  [
    ['Hostname', 'IP', 'SSH user', 'DC', 'Rack'],
    ['name', 'address', 'user', 'cluster', null],
  ],
  [
    ['ansible_host', 'ansible_port', 'ansible_user'],
    ['address', 'port', 'user'],
  ],
  [
    ['name', 'Name'],
    ['name', null],
  ],
])('columns %j are %j', (header, columns) => {
  expect(guessColumns(header)).toEqual(columns);
  expect(isHeader(header)).toBe(true);
});

describe('the hosts of a list', () => {
  const read = (text: string, options: Parameters<typeof readImport>[1] = {}) =>
    readImport(csvCells(text), options);

  test('have what their line says, else what is usual', () => {
    const text = `name,ip,port,user,jump,cluster,labels,fingerprint\nhv1,192.0.2.1,2222,admin,"a@gw:22 b",Praha,"SSD, gpu",${KEY}\nhv2,192.0.2.2,,,,,,`;
    expect(read(text).map(({ line }) => line)).toEqual([
      {
        line: 1,
        name: 'hv1',
        address: '192.0.2.1',
        port: 2222,
        user: 'admin',
        jump: ['a@gw:22', 'b'],
        cluster: 'Praha',
        labels: ['ssd', 'gpu'],
        fingerprint: KEY,
      },
      {
        line: 2,
        name: 'hv2',
        address: '192.0.2.2',
        port: 22,
        user: 'root',
        jump: [],
        cluster: '',
        labels: [],
        fingerprint: '',
      },
    ]);
  });

  test('need no header, and no address where the name is one', () => {
    expect(read('192.0.2.1\n192.0.2.2').map(({ line }) => line.address)).toEqual(['192.0.2.1', '192.0.2.2']);
    expect(read('hv1,192.0.2.1').map(({ line }) => [line.name, line.address])).toEqual([
      ['hv1', '192.0.2.1'],
    ]);
    expect(read('name\nhv1.example').map(({ line }) => [line.name, line.address])).toEqual([
      ['hv1.example', 'hv1.example'],
    ]);
  });

  test.each<[string, string, string]>([
    ['no address', 'address,port\n,22', 'It has no address.'],
    ['an address with a user', 'address,port\nroot@hv1,22', '"root@hv1" is no name or address of a host.'],
    ['a port that is none', 'address,port\nhv1,ssh', '"ssh" is no port: from 1 to 65535.'],
    ['a jump host that is none', 'address,jump\nhv1,a@@b', '"a@@b" is no jump host: user@address:port.'],
    [
      'a label that is none',
      'address,labels\nhv1,s*d',
      '"s*d" is no label: letters, digits, dots and dashes.',
    ],
    [
      'a fingerprint in hexadecimal',
      'address,fingerprint\nhv1,aa:bb',
      'Its fingerprint is not of the form SHA256:….',
    ],
    ['the same host twice', 'address,port\nhv2,22\nHV2,', 'It is the same host as line 1.'],
    ['the same name twice', 'name,address\nhv1,192.0.2.1\nhv1,192.0.2.2', 'Line 1 is called hv1, too.'],
  ])('are not imported with %s', (_case, text, problem) => {
    expect(read(text).at(-1)?.problems).toEqual([problem]);
  });
});
