/** The filters every libvirt daemon comes with. */
export const nwfilterNames = [
  'allow-arp',
  'allow-dhcp',
  'allow-dhcp-server',
  'allow-dhcpv6',
  'allow-dhcpv6-server',
  'allow-incoming-ipv4',
  'allow-incoming-ipv6',
  'allow-ipv4',
  'allow-ipv6',
  'clean-traffic',
  'clean-traffic-gateway',
  'no-arp-ip-spoofing',
  'no-arp-mac-spoofing',
  'no-arp-spoofing',
  'no-ip-multicast',
  'no-ip-spoofing',
  'no-ipv6-multicast',
  'no-ipv6-spoofing',
  'no-mac-broadcast',
  'no-mac-spoofing',
  'no-other-l2-traffic',
  'no-other-rarp-traffic',
  'qemu-announce-self',
  'qemu-announce-self-rarp',
] as const;

const cleanTraffic = [
  'no-mac-spoofing',
  'no-ip-spoofing',
  'no-arp-spoofing',
  'allow-incoming-ipv4',
  'allow-incoming-ipv6',
  'no-other-l2-traffic',
  'qemu-announce-self',
];

export function nwfilterXml(name: (typeof nwfilterNames)[number], uuid: string): string {
  const inner = name.startsWith('clean-traffic')
    ? cleanTraffic.map((filter) => `  <filterref filter='${filter}'/>`)
    : [`  <rule action='${name.startsWith('no-') ? 'drop' : 'accept'}' direction='inout' priority='500'/>`];
  return [`<filter name='${name}' chain='root'>`, `  <uuid>${uuid}</uuid>`, ...inner, '</filter>', ''].join(
    '\n',
  );
}
