import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inspectDiskImage, inspectHead } from './disk-image.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'innkeeper-image-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Words {
  version?: number;
  clusterBits?: number;
  virtualSize?: bigint;
  crypt?: number;
  level1Entries?: number;
  level1Offset?: bigint;
  backing?: string;
  incompatible?: bigint;
  extension?: number;
}

/** A qcow2 header as QEMU writes it, field by field, in a file of three clusters. */
function qcow2(words: Words = {}): Buffer {
  const file = Buffer.alloc(3 * 65_536);
  file.writeUInt32BE(0x514649fb, 0); // magic
  file.writeUInt32BE(words.version ?? 3, 4);
  file.writeUInt32BE(words.clusterBits ?? 16, 20);
  file.writeBigUInt64BE(words.virtualSize ?? BigInt(GIB), 24);
  file.writeUInt32BE(words.crypt ?? 0, 32);
  file.writeUInt32BE(words.level1Entries ?? 2, 36);
  file.writeBigUInt64BE(words.level1Offset ?? 65_536n, 40);
  file.writeBigUInt64BE(131_072n, 48); // refcount table
  file.writeUInt32BE(1, 56);
  if ((words.version ?? 3) === 3) {
    file.writeBigUInt64BE(words.incompatible ?? 0n, 72);
    file.writeUInt32BE(4, 96); // refcount order
    file.writeUInt32BE(104, 100); // header length
  }
  const extensionAt = words.version === 2 ? 72 : 104;
  if (words.extension !== undefined) {
    file.writeUInt32BE(words.extension, extensionAt);
    file.writeUInt32BE(3, extensionAt + 4);
  }
  if (words.backing !== undefined) {
    file.writeBigUInt64BE(512n, 8);
    file.writeUInt32BE(Buffer.byteLength(words.backing), 16);
    file.write(words.backing, 512);
  }
  return file;
}

function raw(bytes: number, signature = true): Buffer {
  const file = Buffer.alloc(bytes);
  if (signature && bytes >= 512) file.writeUInt16BE(0x55aa, 510);
  return file;
}

function iso(): Buffer {
  const file = raw(MIB);
  file.write('CD001', 32_769);
  return file;
}

describe('a disk image is known by its bytes', () => {
  const images = [
    { what: 'qcow2 version 3', file: qcow2(), format: 'qcow2', size: GIB },
    { what: 'qcow2 version 2', file: qcow2({ version: 2 }), format: 'qcow2', size: GIB },
    { what: 'qcow2 left open', file: qcow2({ incompatible: 1n }), format: 'qcow2', size: GIB },
    { what: 'qcow2 packed with zstd', file: qcow2({ incompatible: 8n }), format: 'qcow2', size: GIB },
    {
      what: 'qcow2 with an unknown extension',
      file: qcow2({ extension: 0x12345678 }),
      format: 'qcow2',
      size: GIB,
    },
    { what: 'raw with a partition table', file: raw(2 * MIB), format: 'raw', size: 2 * MIB },
  ];
  test.each(images)('$what', ({ file, format, size }) => {
    const fileBytes = file.length;
    expect(inspectHead(file, fileBytes)).toEqual({
      kind: 'image',
      format,
      virtualSizeBytes: size,
      fileBytes,
    });
  });

  test('a backing file is named', () => {
    expect(inspectHead(qcow2({ backing: '/srv/golden.qcow2' }), 196_608)).toEqual({
      kind: 'has-backing-file',
      backing: '/srv/golden.qcow2',
    });
  });

  const others: { what: string; file: Buffer; fileBytes?: number; reason: RegExp }[] = [
    { what: 'empty', file: Buffer.alloc(0), reason: /empty/ },
    { what: 'text', file: Buffer.from('hello\n'.repeat(1000)), reason: /neither qcow2 nor a raw disk/ },
    { what: 'a web page', file: Buffer.from('\n <!DOCTYPE html><title>404</title>'), reason: /web page/ },
    { what: 'zeros', file: raw(2 * MIB, false), reason: /neither qcow2 nor a raw disk/ },
    { what: 'raw without a whole last sector', file: raw(2 * MIB + 1), reason: /cut off/ },
    { what: 'a boot sector alone', file: raw(512), reason: /smaller than 1 MiB/ },
    { what: 'an ISO with a boot sector', file: iso(), reason: /ISO/ },
    { what: 'gzip', file: Buffer.from('1f8b0800', 'hex'), reason: /gunzip/ },
    { what: 'VMDK', file: Buffer.from('KDMV\u0001'), reason: /qemu-img convert/ },
    {
      what: 'VDI',
      file: Buffer.concat([Buffer.alloc(64), Buffer.from('7f10dabe', 'hex')]),
      reason: /VirtualBox/,
    },
    { what: 'the magic alone', file: Buffer.from('514649fb', 'hex'), reason: /cut off/ },
    { what: 'version 4', file: qcow2({ version: 4 }), reason: /version 4/ },
    { what: 'a feature of tomorrow', file: qcow2({ incompatible: 32n }), reason: /newer QEMU/ },
    { what: 'marked corrupt', file: qcow2({ incompatible: 2n }), reason: /qemu-img check/ },
    { what: 'an external data file', file: qcow2({ incompatible: 4n }), reason: /another file/ },
    {
      what: 'an external data file by extension',
      file: qcow2({ extension: 0x44415441 }),
      reason: /another file/,
    },
    { what: 'AES', file: qcow2({ crypt: 1 }), reason: /encrypted/ },
    { what: 'LUKS', file: qcow2({ crypt: 2, extension: 0x0537be77 }), reason: /encrypted/ },
    { what: 'clusters of 2^8', file: qcow2({ clusterBits: 8 }), reason: /cluster size/ },
    { what: 'clusters of 2^4294967295', file: qcow2({ clusterBits: 0xffff_ffff }), reason: /cluster size/ },
    { what: 'no size', file: qcow2({ virtualSize: 0n }), reason: /no size/ },
    { what: 'a size beyond numbers', file: qcow2({ virtualSize: 2n ** 63n }), reason: /cannot be/ },
    {
      what: 'an absurd size with a table for it',
      file: qcow2({ virtualSize: BigInt(65 * 1024 ** 4), level1Entries: 140_000, clusterBits: 16 }),
      fileBytes: 2 * GIB,
      reason: /absurd/,
    },
    {
      what: 'a table too short for the size',
      file: qcow2({ virtualSize: BigInt(1024 * GIB) }),
      reason: /does not fit the size/,
    },
    {
      what: 'a table of 4 billion entries',
      file: qcow2({ level1Entries: 0xffff_ffff }),
      reason: /does not fit the size/,
    },
    { what: 'a table behind the end', file: qcow2({ level1Offset: 2n ** 40n }), reason: /outside the file/ },
    {
      what: 'a backing name behind the header',
      file: qcow2({ backing: 'x'.repeat(2_000) }),
      reason: /backing file/,
    },
  ];
  test.each(others)('$what is none', ({ file, fileBytes, reason }) => {
    expect(inspectHead(file.subarray(0, 65_536), fileBytes ?? file.length)).toEqual({
      kind: 'not-an-image',
      reason: expect.stringMatching(reason) as unknown,
    });
  });

  test('arbitrary bytes after any known beginning never throw', () => {
    const beginnings = fc.constantFrom('514649fb00000003', '514649fb00000002', '', '1f8b', '3c68746d6c');
    fc.assert(
      fc.property(beginnings, fc.uint8Array({ maxLength: 300 }), fc.nat(), (hex, tail, fileBytes) => {
        const head = Buffer.concat([Buffer.from(hex, 'hex'), tail]);
        expect(['image', 'not-an-image', 'has-backing-file']).toContain(
          inspectHead(head, head.length + fileBytes).kind,
        );
      }),
    );
  });

  test('a folder, a missing file', async () => {
    expect(await inspectDiskImage(folder)).toEqual({ kind: 'not-an-image', reason: 'it is a folder' });
    await expect(inspectDiskImage(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

const qemuImg = (...args: string[]) => spawnSync('qemu-img', args, { encoding: 'utf8', cwd: folder });

describe.skipIf(spawnSync('qemu-img', ['--version']).error !== undefined)('as qemu-img sees it', () => {
  const made = [
    { name: 'v3.qcow2', args: ['-f', 'qcow2'], size: '3G' },
    { name: 'v2.qcow2', args: ['-f', 'qcow2', '-o', 'compat=0.10'], size: '512M' },
    { name: 'small-clusters.qcow2', args: ['-f', 'qcow2', '-o', 'cluster_size=512'], size: '64M' },
    { name: 'large-clusters.qcow2', args: ['-f', 'qcow2', '-o', 'cluster_size=2M'], size: '2T' },
    { name: 'zstd.qcow2', args: ['-f', 'qcow2', '-o', 'compression_type=zstd'], size: '1G' },
    { name: 'extended.qcow2', args: ['-f', 'qcow2', '-o', 'extended_l2=on,cluster_size=128k'], size: '1G' },
  ];
  test.each(made)('$name', async ({ name, args, size }) => {
    expect(qemuImg('create', ...args, name, size).stderr).toBe('');
    const info = JSON.parse(qemuImg('info', '--output=json', name).stdout) as Record<string, number>;
    const file = join(folder, name);
    const fileBytes = statSync(file).size;
    const expected = { kind: 'image', format: 'qcow2', virtualSizeBytes: info['virtual-size'], fileBytes };
    expect(await inspectDiskImage(file)).toEqual(expected);
  });

  test('an overlay, a data file, an encrypted one', async () => {
    writeFileSync(join(folder, 'secret'), 'swordfish');
    qemuImg('create', '-f', 'qcow2', 'base.qcow2', '1G');
    qemuImg('create', '-f', 'qcow2', '-b', 'base.qcow2', '-F', 'qcow2', 'overlay.qcow2');
    qemuImg('create', '-f', 'qcow2', '-o', 'data_file=data.raw', 'split.qcow2', '1G');
    const key = [
      '--object',
      'secret,id=key,file=secret',
      '-o',
      'encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10',
    ];
    // It measures the machine first, and now and then says that it is "unable to get accurate CPU usage".
    await expect.poll(() => qemuImg('create', '-f', 'qcow2', ...key, 'locked.qcow2', '64M').stderr).toBe('');
    expect(await inspectDiskImage(join(folder, 'overlay.qcow2'))).toEqual({
      kind: 'has-backing-file',
      backing: 'base.qcow2',
    });
    expect(await inspectDiskImage(join(folder, 'split.qcow2'))).toMatchObject({
      reason: expect.stringContaining('another file') as unknown,
    });
    expect(await inspectDiskImage(join(folder, 'locked.qcow2'))).toMatchObject({
      reason: expect.stringContaining('encrypted') as unknown,
    });
  });

  test.each([
    ['plain', []],
    ['packed', ['-c']],
    ['extended', ['-o', 'extended_l2=on,cluster_size=128k']],
  ])('one that was cut off: %s', async (name, options) => {
    writeFileSync(join(folder, 'full.raw'), randomBytes(8 * MIB));
    const file = join(folder, `cut-${name}.qcow2`);
    expect(qemuImg('convert', '-f', 'raw', '-O', 'qcow2', ...options, 'full.raw', file).stderr).toBe('');
    expect(await inspectDiskImage(file)).toMatchObject({ kind: 'image', virtualSizeBytes: 8 * MIB });
    const { size } = statSync(file);
    for (const part of [0.9, 0.5, 0.1]) {
      truncateSync(file, Math.floor(size * part));
      expect(await inspectDiskImage(file)).toMatchObject({
        reason: expect.stringContaining('cut off') as unknown,
      });
    }
  });
});
