/** What others may know of the system domain. */
export { readStoreIdentity } from './setting-store.ts';
