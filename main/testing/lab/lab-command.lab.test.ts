import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeLab, labFromSetup } from './lab-in-test.ts';
import { tryProgram } from './program-run.ts';

const launcher = join(import.meta.dirname, '../../app/launch/lab.mjs');
const lab = async (...args: string[]) => await tryProgram(process.execPath, [launcher, ...args]);

describeLab('npm run lab', () => {
  test('without root: one sentence, and nothing is done', async () => {
    const { code, stderr } = await tryProgram('setpriv', [
      '--reuid',
      '65534',
      '--regid',
      '65534',
      '--clear-groups',
      process.execPath,
      launcher,
      'up',
      '1',
    ]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'a lab needs root: it makes namespaces, bridges and mounts; run it with sudo\n',
    });
  });

  test.each([
    [['sideways'], 'unknown command sideways'],
    [['--colour', 'red', 'up'], 'unknown option --colour'],
    [['up', 'many'], 'up takes a number of hosts, not many'],
    [['--name', 'Über', 'up', '1'], 'a lab is named with 1 to 32 small letters'],
    [['--subnet', '10.77', 'up', '1'], 'a subnet is the first three numbers'],
    [['--name', 'nosuch', 'cut', 'hv1'], 'there is no lab named nosuch'],
    [['image', 'maxi'], 'the lab has one image, mini, not maxi'],
  ])('%j: %s', async (args, sentence) => {
    const { code, stderr } = await lab(...args);
    expect(code).toBe(1);
    expect(stderr).toContain(sentence);
  });

  test('runs programs on a host with their own dashes and exit code', async () => {
    const { name } = labFromSetup();
    expect(await lab('--name', name, 'exec', 'hv2', 'sh', '-c', 'hostname; exit 3')).toMatchObject({
      code: 3,
      stdout: 'hv2\n',
    });
    expect(await lab('--name', name, 'virsh', 'hv1', 'pool-list', '--all', '--name')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('default') as string,
    });
    expect((await lab('status')).stdout).toContain(`${name}: `);
  });
});
