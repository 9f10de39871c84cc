/** What all consoles of a store share: the environment's name, the age of the practice fleet… Values are JSON. */
export interface SystemTables {
  setting: { name: string; value: string };
}
