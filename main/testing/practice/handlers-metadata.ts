import { changeDefinition, targetsOf } from './definition-change.ts';
import { HostRefusal, qemuRefusal } from './host-refusal.ts';
import type { Handlers } from './procedure-table.ts';
import type { SimulatedHost } from './simulated-host.ts';
import { child, childText, element, parseXml, printXml, removeChildren, setChild } from './xml-tree.ts';
import type { XmlElement } from './xml-tree.ts';

/** `virDomainMetadataType` */
const kinds = { description: 0, title: 1, element: 2 } as const;
const before = ['name', 'uuid', 'genid', 'title', 'description'];

/** Title, description and elements of other programs in the XML of a VM. */
export function metadataHandlers(host: SimulatedHost): Handlers {
  return {
    domainSetMetadata: ({ dom, type, metadata, key, uri, flags }) => {
      const vm = host.vm(dom);
      changeDefinition(vm, flags, (domain) => {
        if (type === kinds.element) setElement(domain, { metadata, key, uri: uri ?? '' });
        else setText(domain, type === kinds.title ? 'title' : 'description', metadata);
      });
      host.events.tell('domainMetadataChange', vm.uuid, { dom: vm.ref, type, nsuri: uri });
    },
    domainGetMetadata: ({ dom, type, uri, flags }) => {
      const vm = host.vm(dom);
      const [target] = targetsOf(vm, flags);
      const definition = target === 'config' ? (vm.persistent ?? vm.definition) : vm.definition;
      const domain = parseXml(definition.xml);
      const found =
        type === kinds.element
          ? elementText(domain, uri ?? '')
          : childText(domain, type === kinds.title ? 'title' : 'description');
      if (found === undefined)
        throw new HostRefusal(
          'VIR_ERR_NO_DOMAIN_METADATA',
          'VIR_FROM_DOMAIN',
          'Requested metadata element is not present',
        );
      return { metadata: found };
    },
  };
}

function setText(domain: XmlElement, name: 'title' | 'description', value: string | null): void {
  removeChildren(domain, name);
  if (name === 'title' && value?.includes('\n') === true)
    throw qemuRefusal('VIR_ERR_INVALID_ARG', "Domain title can't contain newlines");
  if (value !== null && value !== '') setChild(domain, element(name, {}, value), before);
}

/** The attribute by which an element of this namespace says so. */
function namespaceKey(one: XmlElement, uri: string): string | undefined {
  return Object.keys(one.attributes).find((key) => key.startsWith('xmlns') && one.attributes[key] === uri);
}

function setElement(
  domain: XmlElement,
  { metadata, key, uri }: { metadata: string | null; key: string | null; uri: string },
): void {
  const holder = child(domain, 'metadata') ?? element('metadata');
  holder.children = holder.children.filter((one) => namespaceKey(one, uri) === undefined);
  if (metadata !== null) {
    const made = parseXml(metadata, 'metadata_xml');
    if (key === null || key === '')
      throw qemuRefusal('VIR_ERR_INVALID_ARG', 'key in virDomainSetMetadata must not be NULL');
    made.name = `${key}:${made.name}`;
    made.attributes = { [`xmlns:${key}`]: uri, ...made.attributes };
    holder.children.push(made);
  }
  removeChildren(domain, 'metadata');
  if (holder.children.length > 0) setChild(domain, holder, before);
}

/** The element as it was given: without the namespace libvirt put on it. */
function elementText(domain: XmlElement, uri: string): string | undefined {
  const found = child(domain, 'metadata')?.children.find((one) => namespaceKey(one, uri) !== undefined);
  if (found === undefined) return undefined;
  const { [namespaceKey(found, uri) ?? '']: _, ...attributes } = found.attributes;
  const name = found.name.split(':').at(-1) ?? found.name;
  const wrapped = printXml(element('metadata', {}, [{ ...found, name, attributes }]));
  return wrapped
    .split('\n')
    .slice(1, -2)
    .map((line) => line.slice(2))
    .join('\n');
}
