import { minutes, quick, slow } from './procedure.ts';
import { flagBits, int, intBoolean, list, nothing, optional, struct, text, unsigned } from './xdr-codecs.ts';
import { limits } from './xdr-limits.ts';
import { dhcpLease, networkRef, nwfilterRef, uuid } from './xdr-objects.ts';

const onNetwork = struct({ net: networkRef });
const onFilter = struct({ nwfilter: nwfilterRef });
const aNetwork = struct({ net: networkRef });
const aFilter = struct({ nwfilter: nwfilterRef });
const anXml = struct({ xml: text });
const listFlags = struct({ needResults: int, flags: flagBits });

/** Networks and network filters: one line per procedure, numbers of remote_protocol.x. */
// oxfmt-ignore
export const networkProcedures = {
  networkCreate: slow(39, onNetwork, nothing, minutes(2)),
  networkCreateXml: slow(40, anXml, aNetwork, minutes(2)),
  networkDefineXml: quick(41, anXml, aNetwork),
  networkDestroy: quick(42, onNetwork, nothing, minutes(2)),
  networkGetXmlDesc: quick(43, struct({ net: networkRef, flags: flagBits }), anXml),
  networkGetAutostart: quick(44, onNetwork, struct({ autostart: intBoolean })),
  networkGetBridgeName: quick(45, onNetwork, struct({ name: text })),
  networkLookupByName: quick(46, struct({ name: text }), aNetwork),
  networkLookupByUuid: quick(47, struct({ uuid }), aNetwork),
  networkSetAutostart: quick(48, struct({ net: networkRef, autostart: intBoolean }), nothing),
  networkUndefine: quick(49, onNetwork, nothing),
  networkIsActive: quick(152, onNetwork, struct({ active: intBoolean })),
  networkIsPersistent: quick(153, onNetwork, struct({ persistent: intBoolean })),
  connectListAllNetworks: quick(283, listFlags, struct({ nets: list(networkRef, limits.networks), ret: unsigned })),
  networkUpdate: quick(291, struct({ net: networkRef, command: unsigned, section: unsigned, parentIndex: int, xml: text, flags: flagBits }), nothing, minutes(2)),
  networkGetDhcpLeases: slow(341, struct({ net: networkRef, mac: optional(text), needResults: int, flags: flagBits }), struct({ leases: list(dhcpLease, limits.networkLeases), ret: unsigned }), minutes(1)),

  nwfilterLookupByName: quick(175, struct({ name: text }), aFilter),
  nwfilterLookupByUuid: quick(176, struct({ uuid }), aFilter),
  nwfilterGetXmlDesc: quick(177, struct({ nwfilter: nwfilterRef, flags: flagBits }), anXml),
  nwfilterDefineXml: quick(180, anXml, aFilter),
  nwfilterUndefine: quick(181, onFilter, nothing),
  connectListAllNwfilters: quick(286, listFlags, struct({ filters: list(nwfilterRef, limits.nwfilters), ret: unsigned })),
} as const;
