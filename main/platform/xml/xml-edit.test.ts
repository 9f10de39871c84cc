import { describe, expect, test } from 'vitest';
import { attributeOf, childOf, childrenOf, outlineXml, XmlEdit } from './xml-edit.ts';

const domain = `<?xml version='1.0'?>
<!-- by hand; do not lose me -->
<domain type='kvm' xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0">
  <name>a &amp; b</name>
  <vcpu placement='static' current="2">4</vcpu>
  <future:thing xmlns:future='urn:x' a='1 > 0'>kept <![CDATA[<as it is>]]></future:thing>
  <devices>
    <disk type='file'>
      <target dev='vda'/>
      <boot order='1'/>
    </disk>
    <disk type='file'><target dev='vdb'/></disk>
    <memballoon model='virtio'/>
  </devices>
</domain>
`;

function edited(change: (edit: XmlEdit) => void): string {
  const edit = new XmlEdit(domain);
  change(edit);
  return edit.toString();
}

describe('an outline of XML', () => {
  test('finds elements, attributes and text, entities resolved', () => {
    const { root } = new XmlEdit(domain);
    expect(childOf(root, 'name')?.text).toBe('a & b');
    expect(attributeOf(root, 'vcpu', 'current')).toBe('2');
    expect(childOf(root, 'future:thing')).toMatchObject({
      text: 'kept <as it is>',
      attributes: { a: '1 > 0' },
    });
    expect(
      childrenOf(childOf(root, 'devices'), 'disk').map((disk) => attributeOf(disk, 'target', 'dev')),
    ).toEqual(['vda', 'vdb']);
  });

  test.each(['', 'text', '<a>', '<a></b>', '<a/><b/>'])('refuses %j', (text) => {
    expect(() => outlineXml(text)).toThrow(/^XML: /);
  });
});

describe('an edit', () => {
  test('that changes nothing leaves every byte', () => {
    expect(edited(() => undefined)).toBe(domain);
  });

  test('changes what it names and nothing around it', () => {
    const changed = edited((edit) => {
      const devices = childOf(edit.root, 'devices')!;
      const [first, second] = childrenOf(devices, 'disk');
      edit.remove(childOf(first, 'boot')!);
      edit.setChild(second!, 'boot', `<boot order='1'/>`);
      edit.append(childOf(devices, 'memballoon')!, `<stats period='5'/>`);
      edit.setText(childOf(edit.root, 'name')!, 'c <d>');
      edit.append(devices, '<rng/>');
    });
    expect(changed).toBe(
      domain
        .replace("\n      <boot order='1'/>", '')
        .replace("<target dev='vdb'/>", "<target dev='vdb'/><boot order='1'/>")
        .replace(
          "<memballoon model='virtio'/>",
          "<memballoon model='virtio'><stats period='5'/></memballoon>",
        )
        .replace('a &amp; b', 'c &lt;d&gt;')
        .replace('  </devices>', '  <rng/></devices>'),
    );
    expect(outlineXml(changed).name).toBe('domain');
  });

  test('inside something that is taken out is taken out with it', () => {
    const changed = edited((edit) => {
      const [first] = childrenOf(childOf(edit.root, 'devices'), 'disk');
      edit.setChild(first!, 'boot', '');
      edit.remove(first!);
    });
    expect(changed).not.toContain('vda');
    expect(changed).toContain('vdb');
  });
});
