import { generateSshKeyPair, publicKeyOf, type SshKeyPair } from '../../../platform/ssh/ssh-key.ts';
import type { SshAuth } from '../../../platform/ssh/ssh-target.ts';
import type { Sealer } from '../../../platform/secrets/sealer.ts';
import type { Store } from '../../../platform/store/store.ts';
import type { FleetTables } from '../fleet-tables.ts';
import type { HostRecord } from './host-store.ts';

const OWN_KEY = 'own-ssh-key';

/** The SSH keys hosts are entered with, sealed in the store. */
export class HostKeys {
  readonly #store: Store;
  readonly #sealer: Sealer;

  constructor(store: Store, sealer: Sealer) {
    this.#store = store;
    this.#sealer = sealer;
  }

  /** Our own key, made once per store: it is put on hosts that were entered with a password. */
  async own(): Promise<SshKeyPair> {
    const row = (await this.#findOwn()) ?? (await this.#makeOwn());
    return { privateKey: await this.#sealer.open(row.sealed, OWN_KEY), publicKey: row.public_text };
  }

  async #findOwn(): Promise<FleetTables['fleet_secret'] | undefined> {
    const db = this.#store.tables<FleetTables>();
    return await db.selectFrom('fleet_secret').selectAll().where('name', '=', OWN_KEY).executeTakeFirst();
  }

  /** Two engines may make one at once: the first stays, both use it. */
  async #makeOwn(): Promise<FleetTables['fleet_secret']> {
    const pair = generateSshKeyPair('innkeeper');
    const row = {
      name: OWN_KEY,
      sealed: await this.#sealer.seal(pair.privateKey, OWN_KEY),
      public_text: pair.publicKey || publicKeyOf(pair.privateKey),
    };
    const db = this.#store.tables<FleetTables>();
    await db
      .insertInto('fleet_secret')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return (await this.#findOwn()) ?? row;
  }

  /** What is stored of a key of the person's own. */
  async seal(hostId: string, key: { privateKey: string; passphrase?: string | undefined }): Promise<string> {
    return await this.#sealer.seal(JSON.stringify(key), purposeOf(hostId));
  }

  /** How a host of the store is entered. Throws SealBroken where this engine cannot open the store's secrets. */
  async authOf(host: Pick<HostRecord, 'id' | 'auth_kind' | 'sealed_auth'>): Promise<SshAuth> {
    if (host.auth_kind === 'agent') return { kind: 'agent' };
    if (host.sealed_auth === null) return { kind: 'key', privateKey: (await this.own()).privateKey };
    const key = JSON.parse(await this.#sealer.open(host.sealed_auth, purposeOf(host.id))) as {
      privateKey: string;
      passphrase?: string;
    };
    return { kind: 'key', ...key };
  }
}

function purposeOf(hostId: string): string {
  return `host:${hostId}:ssh-key`;
}
