import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { clearCgroups } from './lab-cgroups.ts';
import { crashHost } from './lab-host-power.ts';
import { isAlive, readLabRecords, removeLabRecord, takingDown, type LabRecord } from './lab-record.ts';
import { runProgram } from './program-run.ts';

/**
 * Removes a lab and all it made: processes, links, cgroups, files, record. Safe to repeat and to run twice at once: whoever comes second waits, and then
 * finds nothing, or a lab that has taken the id since.
 */
export async function takeLabDown(record: LabRecord): Promise<void> {
  await takingDown(record.id, async () => {
    if (readLabRecords().some((one) => one.id === record.id && one.run === record.run)) await remove(record);
  });
}

async function remove(record: LabRecord): Promise<void> {
  const hosts = existsSync(record.folder)
    ? readdirSync(record.folder).filter((name) =>
        existsSync(join(record.folder, name, 'etc/ssh/sshd_config')),
      )
    : [];
  await Promise.all(hosts.map(async (host) => await crashHost(record, host)));
  // A start that was cut short may have left processes or links no host folder tells of.
  await clearCgroups((name) => name.startsWith(`innkeeper-lab-${record.id}-`));
  await stopDnsmasq(record);
  for (const link of labLinks(record.id))
    await runProgram('sh', ['-c', 'ip link del "$0" 2>/dev/null || ! test -e "/sys/class/net/$0"', link]);
  rmSync(record.folder, { recursive: true, force: true });
  removeLabRecord(record);
}

/** Takes down every lab whose owner is gone; gives their names. */
export async function sweepLabs(): Promise<string[]> {
  const stale = readLabRecords().filter((record) => record.owner !== null && !isAlive(record.owner));
  for (const record of stale) await takeLabDown(record);
  return stale.map((record) => record.name);
}

/** The lab's links on this machine: its bridge `lab7` and one `lab7-NAME` for each host. */
export function labLinks(id: number): string[] {
  return readdirSync('/sys/class/net').filter((link) => link === `lab${id}` || link.startsWith(`lab${id}-`));
}

async function stopDnsmasq(record: LabRecord): Promise<void> {
  const pid = dnsmasqPid(record);
  if (pid === undefined) return;
  process.kill(pid, 'SIGTERM');
  while (dnsmasqPid(record) !== undefined) await delay(5);
}

/** The pid file may outlive its process: the command line must name this lab's folder. */
function dnsmasqPid(record: LabRecord): number | undefined {
  try {
    const pid = Number(readFileSync(join(record.folder, 'dnsmasq.pid'), 'utf8'));
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${record.folder}/`) ? pid : undefined;
  } catch {
    return undefined;
  }
}
