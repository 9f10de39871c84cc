import { expect } from 'vitest';
import { randomUUID } from 'node:crypto';
import { refusalOf } from './conformance-subject.ts';
import type { Behaviour } from './conformance-subject.ts';

/** Networks and network filters, and what the host tells of itself. */
export const networkBehaviours: readonly Behaviour[] = [
  {
    title: 'defines, lists, starts, stops and forgets an isolated network',
    check: async (subject) => {
      const { networks } = subject.connection;
      const name = subject.name();
      const network = await networks.define(
        `<network><name>${name}</name><bridge name='cf${name.slice(-8)}'/><ip address='10.203.7.1' netmask='255.255.255.0'/></network>`,
      );
      expect(await networks.lookupByName(name)).toEqual(network);
      expect(await networks.lookupByUuid(network.uuid)).toEqual(network);
      expect(await networks.isActive(network)).toBe(false);
      expect(await networks.isPersistent(network)).toBe(true);
      expect(await networks.bridgeName(network)).toBe(`cf${name.slice(-8)}`);
      const xml = await networks.xml(network);
      expect(xml).toMatch(/<mac address='52:54:00(:[0-9a-f]{2}){3}'\/>/);
      expect(xml).toContain(`<bridge name='cf${name.slice(-8)}' stp='on' delay='0'/>`);
      await networks.setAutostart(network, true);
      expect(await networks.autostart(network)).toBe(true);
      await networks.start(network);
      expect(await networks.isActive(network)).toBe(true);
      expect(await refusalOf(networks.start(network))).toBe('VIR_ERR_OPERATION_INVALID VIR_FROM_NETWORK');
      expect(await networks.dhcpLeases(network)).toEqual([]);
      await networks.destroy(network);
      expect(await refusalOf(networks.destroy(network))).toBe('VIR_ERR_OPERATION_INVALID VIR_FROM_NETWORK');
      await networks.undefine(network);
      expect(await refusalOf(networks.lookupByName(name))).toBe('VIR_ERR_NO_NETWORK VIR_FROM_NETWORK');
    },
  },
  {
    title: 'refuses networks that cannot be',
    check: async (subject) => {
      const { networks } = subject.connection;
      expect({
        missing: await refusalOf(networks.lookupByUuid(randomUUID())),
        taken: await refusalOf(
          networks.define(`<network><name>default</name><uuid>${randomUUID()}</uuid></network>`),
        ),
        root: await refusalOf(networks.define('<kettle/>')),
        unnamed: await refusalOf(networks.define('<network><bridge name="x"/></network>')),
        malformed: await refusalOf(networks.define('<network')),
      }).toEqual({
        missing: 'VIR_ERR_NO_NETWORK VIR_FROM_NETWORK',
        taken: 'VIR_ERR_OPERATION_FAILED VIR_FROM_NETWORK',
        root: 'VIR_ERR_XML_ERROR VIR_FROM_XML',
        unnamed: 'VIR_ERR_NO_NAME VIR_FROM_NETWORK',
        malformed: 'VIR_ERR_XML_DETAIL VIR_FROM_NETWORK',
      });
    },
  },
  {
    title: 'has the filters every daemon comes with, and takes one more',
    check: async (subject) => {
      const { nwfilters } = subject.connection;
      const names = (await nwfilters.listAll()).map((one) => one.name);
      expect(names).toContain('clean-traffic');
      const clean = await nwfilters.lookupByName('clean-traffic');
      expect(await nwfilters.lookupByUuid(clean.uuid)).toEqual(clean);
      expect(await nwfilters.xml(clean)).toContain("<filterref filter='no-mac-spoofing'/>");
      const name = subject.name();
      const made = await nwfilters.define(
        `<filter name='${name}'><rule action='drop' direction='in'><tcp dstportstart='25'/></rule></filter>`,
      );
      expect(await nwfilters.xml(made)).toContain(`<filter name='${name}'`);
      await nwfilters.undefine(made);
      expect(await refusalOf(nwfilters.lookupByName(name))).toBe('VIR_ERR_NO_NWFILTER VIR_FROM_NWFILTER');
      expect(await refusalOf(nwfilters.lookupByUuid(randomUUID()))).toBe(
        'VIR_ERR_NO_NWFILTER VIR_FROM_NWFILTER',
      );
    },
  },
];
