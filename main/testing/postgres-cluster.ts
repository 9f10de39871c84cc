import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { makeQuickFolder } from './quick-folder.ts';

export interface PostgresCluster {
  /** Superuser, database `postgres`. */
  readonly url: string;
  /** Folder of its unix socket. */
  readonly socketFolder: string;
  /** Its files are in memory: copying a database file by file is then the cheap way. */
  readonly isInMemory: boolean;
  /** Stops the server and starts it again on the same port; connections break in between. */
  restart(): Promise<void>;
  /** Stops the server; `start` brings it back. */
  pause(): Promise<void>;
  start(): Promise<void>;
  /** Stops the server and removes the cluster. */
  remove(): Promise<void>;
}

/**
 * A throw-away PostgreSQL cluster on a free port, without fsync. With a password, SCRAM is asked for on every connection. `inMemory`
 * keeps it in memory where the machine has plenty. Undefined when this machine has no PostgreSQL.
 */
export async function makePostgresCluster(
  options: {
    readonly password?: string;
    readonly tls?: boolean;
    readonly inMemory?: boolean;
    readonly settings?: readonly string[];
  } = {},
): Promise<PostgresCluster | undefined> {
  const bin = binFolder();
  if (bin === undefined) return undefined;
  const { folder, isInMemory } =
    options.inMemory === true
      ? makeQuickFolder('innkeeper-pg-')
      : { folder: mkdtempSync(join(tmpdir(), 'innkeeper-pg-')), isInMemory: false };
  const owner = clusterOwner();
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const port = await freePort();
  initialise(bin, folder, {
    ...owner,
    ...(options.password === undefined ? {} : { password: options.password }),
  });
  const settings = [
    ...(options.settings ?? []),
    ...(options.tls === true ? makeCertificate(folder, owner) : []),
  ];
  const launch = async (): Promise<ChildProcess> =>
    await launchServer(bin, folder, { ...owner, port, settings });
  let server = await launch();
  const pause = async (): Promise<void> => {
    const gone = new Promise((resolve) => server.once('exit', resolve));
    // Fast shutdown: connections are ended, running transactions rolled back.
    if (server.exitCode === null && server.kill('SIGINT')) await gone;
  };
  const start = async (): Promise<void> => {
    server = await launch();
  };
  const user =
    options.password === undefined ? 'postgres' : `postgres:${encodeURIComponent(options.password)}`;
  return {
    url: `postgres://${user}@127.0.0.1:${port}/postgres`,
    socketFolder: folder,
    isInMemory,
    pause,
    start,
    restart: async () => {
      await pause();
      await start();
    },
    remove: async () => {
      await pause();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface ClusterOwner {
  readonly uid?: number;
  readonly gid?: number;
}

/** initdb refuses to run as root, so the cluster belongs to Debian's postgres user there. */
function clusterOwner(): ClusterOwner {
  if (process.getuid?.() !== 0) return {};
  const idOf = (what: '-u' | '-g'): number =>
    Number(spawnSync('id', [what, 'postgres'], { encoding: 'utf8' }).stdout);
  return { uid: idOf('-u'), gid: idOf('-g') };
}

function binFolder(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  for (const version of versions) {
    if (existsSync(join(root, version, 'bin/initdb'))) return join(root, version, 'bin');
  }
  const found = spawnSync('which', ['initdb'], { encoding: 'utf8' }).stdout.trim();
  return found === '' ? undefined : join(found, '..');
}

function initialise(
  bin: string,
  folder: string,
  options: ClusterOwner & { readonly password?: string },
): void {
  const { password, ...owner } = options;
  const passwordFile = join(folder, 'password');
  if (password !== undefined) writeFileSync(passwordFile, password);
  const access =
    password === undefined ? ['-A', 'trust'] : ['-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', join(folder, 'data'), '-U', 'postgres', ...access, '-E', 'UTF8', '--no-sync', '--locale=C.UTF-8'],
    { ...owner, cwd: folder, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
}

/** Settings of the server for TLS with a certificate made here. */
function makeCertificate(folder: string, owner: ClusterOwner): string[] {
  const [key, certificate] = [join(folder, 'server.key'), join(folder, 'server.crt')];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const made = spawnSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      ...names,
      '-keyout',
      key,
      '-out',
      certificate,
    ],
    { ...owner, cwd: folder, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`openssl failed: ${made.stderr}`);
  return ['ssl=on', `ssl_key_file=${key}`, `ssl_cert_file=${certificate}`];
}

async function launchServer(
  bin: string,
  folder: string,
  options: ClusterOwner & { readonly port: number; readonly settings: readonly string[] },
): Promise<ChildProcess> {
  const { port, settings: more, ...owner } = options;
  const settings = [
    'fsync=off',
    'full_page_writes=off',
    'max_connections=200',
    `unix_socket_directories=${folder}`,
    ...more,
  ];
  const server = spawn(
    join(bin, 'postgres'),
    [
      '-D',
      join(folder, 'data'),
      '-p',
      String(port),
      '-h',
      '127.0.0.1',
      ...settings.flatMap((s) => ['-c', s]),
    ],
    { ...owner, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  await new Promise<void>((resolve, reject) => {
    let log = '';
    server.stderr.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-4000);
      if (log.includes('database system is ready to accept connections')) resolve();
    });
    server.once('exit', (code) => reject(new Error(`postgres exited with ${code}: ${log}`)));
  });
  return server;
}
