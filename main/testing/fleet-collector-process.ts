import { openStore } from '../platform/store/store-open.ts';
import { fleetForTest, fleetTestSchema } from './fleet-for-test.ts';

// A collector as a process of its own, to be killed: `ADDRESS KEY-FILE`. Says a line when it has begun and ends when it is killed.
const [address = '', keyFile = ''] = process.argv.slice(2);
const program = { name: 'Innkeeper', version: '1.2.3' };
const store = await openStore({ address, schema: fleetTestSchema, program });
fleetForTest(store, undefined, { keyFile }).collect({ sweepMs: 200 });
process.stdout.write('collecting\n');
