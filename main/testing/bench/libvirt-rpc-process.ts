// What `libvirt-rpc.bench.ts` measures as a whole process: a socket and a URI in, connected, listed, counted, gone.
import { LibvirtConnection } from '../../platform/libvirt/libvirt-connection.ts';
import { unixDialer } from '../../platform/libvirt/socket-dialers.ts';

const [socketPath = '', uri = ''] = process.argv.slice(2);
const connection = await LibvirtConnection.open({ dial: unixDialer(socketPath), uri });
const guests = await connection.domains.listAll();
const stats = await connection.domains.allStats({ wait: true });
process.stdout.write(`${guests.length} ${stats.length}\n`);
await connection.close();
