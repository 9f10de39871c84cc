import { isoImage } from './iso-image.ts';

/** What a guest is told at its first boot (cloud-init's NoCloud data source). */
export interface NoCloudSeed {
  /** Changes when the guest shall run its first-boot steps again. */
  readonly instanceId: string;
  readonly hostname: string;
  readonly sshKeys: readonly string[];
  /** Run once as root; with or without a `#!` line (without: /bin/sh). */
  readonly firstBootScript: string;
  /** Absent: DHCP on every interface. */
  readonly address?: {
    readonly mac: string;
    readonly cidr: string;
    readonly gateway?: string | undefined;
    readonly nameservers: readonly string[];
  };
}

const SCRIPT_PATH = '/var/lib/innkeeper/first-boot';

/** The seed as an ISO image labelled `cidata`. The same seed gives the same bytes. */
export function noCloudImage(seed: NoCloudSeed): Uint8Array {
  const text = new TextEncoder();
  const files = [
    { name: 'meta-data', content: text.encode(metaData(seed)) },
    { name: 'user-data', content: text.encode(userData(seed)) },
    ...(seed.address ? [{ name: 'network-config', content: text.encode(networkConfig(seed.address)) }] : []),
  ];
  return isoImage('cidata', files);
}

function metaData({ instanceId, hostname }: NoCloudSeed): string {
  return `instance-id: ${instanceId}\nlocal-hostname: ${hostname}\n`;
}

/**
 * cloud-config with every value as a JSON string, which YAML reads as it is: nothing a person typed can become a key.
 * The script travels in base64, so that neither quotes nor line ends are touched on the way.
 */
function userData({ hostname, sshKeys, firstBootScript }: NoCloudSeed): string {
  const lines = [
    '#cloud-config',
    `hostname: ${JSON.stringify(hostname)}`,
    'preserve_hostname: false',
    'disable_root: false',
  ];
  if (sshKeys.length > 0)
    lines.push('ssh_authorized_keys:', ...sshKeys.map((key) => `  - ${JSON.stringify(key)}`));
  const script = firstBootScript.trim();
  if (script !== '') {
    const whole = script.startsWith('#!') ? script : `#!/bin/sh\n${script}`;
    const encoded = Buffer.from(`${whole}\n`, 'utf8').toString('base64');
    const command = `mkdir -p /var/lib/innkeeper && echo ${encoded} | base64 -d > ${SCRIPT_PATH} && chmod 700 ${SCRIPT_PATH} && ${SCRIPT_PATH}`;
    lines.push('runcmd:', `  - ${JSON.stringify(command)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Network configuration version 2; the interface is found by its address on the bus, whatever the guest calls it. */
function networkConfig({ mac, cidr, gateway, nameservers }: NonNullable<NoCloudSeed['address']>): string {
  const lines = [
    'version: 2',
    'ethernets:',
    '  primary:',
    '    match:',
    `      macaddress: ${JSON.stringify(mac)}`,
    '    addresses:',
    `      - ${cidr}`,
  ];
  if (gateway !== undefined) lines.push('    routes:', '      - to: 0.0.0.0/0', `        via: ${gateway}`);
  if (nameservers.length > 0)
    lines.push(
      '    nameservers:',
      '      addresses:',
      ...nameservers.map((address) => `        - ${address}`),
    );
  return `${lines.join('\n')}\n`;
}
