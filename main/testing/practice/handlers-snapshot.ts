import type { CheckpointRef, SnapshotRef } from '../../platform/libvirt/xdr-objects.ts';
import { changeDefinition } from './definition-change.ts';
import { HostRefusal, qemuRefusal } from './host-refusal.ts';
import type { Handlers } from './procedure-table.ts';
import type { SimulatedHost } from './simulated-host.ts';
import { shutOffReasons, vmStates } from './simulated-vm.ts';
import type { SimulatedVm, VmCheckpoint, VmSnapshot } from './simulated-vm.ts';
import type { VmPower } from './vm-power.ts';
import {
  attribute,
  child,
  childrenOf,
  childText,
  element,
  parseDocument,
  parseXml,
  printXml,
} from './xml-tree.ts';
import type { XmlElement } from './xml-tree.ts';

const DISK_ONLY = 16;

const snapshotRefusal = (detail: string): HostRefusal =>
  new HostRefusal('VIR_ERR_NO_DOMAIN_SNAPSHOT', 'VIR_FROM_QEMU', detail);

function findSnapshot(vm: SimulatedVm, name: string): VmSnapshot {
  const found = vm.snapshots.find((one) => one.name === name);
  if (found === undefined) throw snapshotRefusal(`no domain snapshot with matching name '${name}'`);
  return found;
}

/** Snapshots: internal ones remember the definition and the state, external ones put a new file over every disk. */
export function snapshotHandlers(host: SimulatedHost, power: VmPower): Handlers {
  const at = (ref: SnapshotRef): { vm: SimulatedVm; snapshot: VmSnapshot } => {
    const vm = host.vm(ref.dom);
    return { vm, snapshot: findSnapshot(vm, ref.name) };
  };
  return {
    domainSnapshotCreateXml: ({ dom, xmlDesc, flags }) => {
      const vm = host.vm(dom);
      const made = createSnapshot(host, vm, xmlDesc, flags);
      return { snap: { name: made.name, dom: vm.ref } };
    },
    domainSnapshotGetXmlDesc: ({ snap }) => ({ xml: snapshotXml(at(snap).snapshot) }),
    domainSnapshotNum: ({ dom }) => ({ num: host.vm(dom).snapshots.length }),
    domainListAllSnapshots: ({ dom, needResults }) => {
      const vm = host.vm(dom);
      const refs = vm.snapshots.map(({ name }) => ({ name, dom: vm.ref }));
      return { snapshots: needResults === 0 ? [] : refs, ret: refs.length };
    },
    domainSnapshotLookupByName: ({ dom, name }) => {
      const vm = host.vm(dom);
      return { snap: { name: findSnapshot(vm, name).name, dom: vm.ref } };
    },
    domainHasCurrentSnapshot: ({ dom }) => ({ result: host.vm(dom).currentSnapshot === null ? 0 : 1 }),
    domainSnapshotCurrent: ({ dom }) => {
      const vm = host.vm(dom);
      if (vm.currentSnapshot === null) throw snapshotRefusal('the domain does not have a current snapshot');
      return { snap: { name: vm.currentSnapshot, dom: vm.ref } };
    },
    domainSnapshotGetParent: ({ snap }) => {
      const { vm, snapshot } = at(snap);
      if (snapshot.parent === null)
        throw snapshotRefusal(`snapshot '${snapshot.name}' does not have a parent`);
      return { snap: { name: snapshot.parent, dom: vm.ref } };
    },
    domainRevertToSnapshot: async ({ snap }) => {
      const { vm, snapshot } = at(snap);
      await revert(host, power, vm, snapshot);
    },
    domainSnapshotDelete: ({ snap }) => {
      const { vm, snapshot } = at(snap);
      vm.snapshots = vm.snapshots
        .filter((one) => one !== snapshot)
        .map((one) => (one.parent === snapshot.name ? { ...one, parent: snapshot.parent } : one));
      if (vm.currentSnapshot === snapshot.name) vm.currentSnapshot = snapshot.parent;
    },
    ...checkpointHandlers(host),
  };
}

function stateWord(vm: SimulatedVm, diskOnly: boolean): string {
  if (vm.live === null) return 'shutoff';
  return diskOnly ? 'disk-snapshot' : vm.isRunning ? 'running' : 'paused';
}

function createSnapshot(host: SimulatedHost, vm: SimulatedVm, xmlDesc: string, flags: number): VmSnapshot {
  const wish = parseDocument(xmlDesc, 'domain_snapshot', 'domainsnapshot');
  const createdAtSeconds = Math.floor(host.nowMs() / 1_000);
  const name = childText(wish, 'name') || String(createdAtSeconds);
  if (vm.snapshots.some((one) => one.name === name))
    throw new HostRefusal(
      'VIR_ERR_OPERATION_FAILED',
      'VIR_FROM_DOMAIN',
      `domain snapshot '${name}' already exists`,
    );
  const diskOnly = (flags & DISK_ONLY) !== 0;
  const made: VmSnapshot = {
    name,
    createdAtSeconds,
    description: childText(wish, 'description') ?? '',
    parent: vm.currentSnapshot,
    state: stateWord(vm, diskOnly),
    definition: vm.definition.xml,
    external: diskOnly,
    capacities: diskOnly ? new Map<string, number>() : imagesOf(host, vm),
  };
  if (diskOnly) coverDisks(host, vm, wish, name);
  if ((flags & 4) !== 0) return made;
  vm.snapshots.push(made);
  vm.currentSnapshot = name;
  return made;
}

/** Images that keep a snapshot in themselves, with their sizes; refused where a disk is none of those. */
function imagesOf(host: SimulatedHost, vm: SimulatedVm): Map<string, number> {
  const domain = parseXml(vm.definition.xml);
  const capacities = new Map<string, number>();
  for (const disk of childrenOf(child(domain, 'devices'), 'disk')) {
    if ((disk.attributes['device'] ?? 'disk') !== 'disk' || child(disk, 'readonly') !== undefined) continue;
    const format = attribute(disk, 'driver', 'type') ?? 'raw';
    if (format !== 'qcow2')
      throw qemuRefusal(
        'VIR_ERR_CONFIG_UNSUPPORTED',
        `internal snapshot for disk ${attribute(disk, 'target', 'dev')} unsupported for storage type ${format}`,
      );
    const path = attribute(disk, 'source', 'file');
    const volume = path === undefined ? undefined : host.volumeAt(path)?.volume;
    if (path !== undefined && volume !== undefined) capacities.set(path, volume.capacityBytes);
  }
  return capacities;
}

/** Every disk goes on in a new file with the old one behind it. */
function coverDisks(host: SimulatedHost, vm: SimulatedVm, wish: XmlElement, name: string): void {
  const wishes = childrenOf(child(wish, 'disks'), 'disk');
  const both = (vm.live === null ? 0 : 1) | (vm.persistent === null ? 0 : 2);
  const covers = new Map<string, string>();
  for (const disk of vm.definition.shape.disks) {
    const asked = wishes.find((one) => one.attributes['name'] === disk.target);
    const found = disk.source === null ? undefined : host.volumeAt(disk.source);
    if (disk.device !== 'disk' || found === undefined || asked?.attributes['snapshot'] === 'no') continue;
    const path =
      attribute(asked, 'source', 'file') ?? `${found.volume.path.replace(/\.[^./]*$/, '')}.${name}`;
    const { pool, volume } = found;
    pool
      .add({
        name: path.slice(pool.targetPath.length + 1),
        format: 'qcow2',
        capacityBytes: volume.capacityBytes,
        backing: { path: volume.path, format: volume.format },
      })
      .materialise();
    covers.set(disk.target, path);
  }
  changeDefinition(vm, both, (domain) => {
    for (const disk of childrenOf(child(domain, 'devices'), 'disk')) {
      const path = covers.get(attribute(disk, 'target', 'dev') ?? '');
      const source = child(disk, 'source');
      const driver = child(disk, 'driver');
      if (path === undefined || source === undefined) continue;
      source.attributes['file'] = path;
      if (driver !== undefined) driver.attributes['type'] = 'qcow2';
    }
  });
}

function snapshotXml(snapshot: VmSnapshot): string {
  const domain = parseXml(snapshot.definition);
  const disks = childrenOf(child(domain, 'devices'), 'disk').map((disk) =>
    element('disk', {
      name: attribute(disk, 'target', 'dev') ?? '',
      snapshot: disk.attributes['device'] === 'disk' ? (snapshot.external ? 'external' : 'internal') : 'no',
    }),
  );
  const memory = snapshot.state === 'running' || snapshot.state === 'paused' ? 'internal' : 'no';
  return printXml(
    element('domainsnapshot', {}, [
      element('name', {}, snapshot.name),
      ...(snapshot.description === '' ? [] : [element('description', {}, snapshot.description)]),
      element('state', {}, snapshot.state),
      ...(snapshot.parent === null ? [] : [element('parent', {}, [element('name', {}, snapshot.parent)])]),
      element('creationTime', {}, String(snapshot.createdAtSeconds)),
      element('memory', { snapshot: memory }),
      element('disks', {}, disks),
      domain,
    ]),
  );
}

async function revert(
  host: SimulatedHost,
  power: VmPower,
  vm: SimulatedVm,
  snapshot: VmSnapshot,
): Promise<void> {
  if (snapshot.external)
    throw qemuRefusal('VIR_ERR_CONFIG_UNSUPPORTED', 'revert to external snapshot not supported yet');
  const { definition } = host.define(snapshot.definition);
  if (vm.live !== null) power.stopForSnapshot(vm);
  for (const [path, capacityBytes] of snapshot.capacities) {
    const volume = host.volumeAt(path)?.volume;
    if (volume !== undefined && volume.capacityBytes !== capacityBytes) volume.resize(capacityBytes, false);
  }
  vm.persistent = definition;
  vm.currentSnapshot = snapshot.name;
  if (snapshot.state === 'shutoff') {
    vm.offState = { state: vmStates.shutOff, reason: shutOffReasons.fromSnapshot };
    return;
  }
  await power.startFromSnapshot(vm, snapshot.state === 'paused');
}

function checkpointHandlers(host: SimulatedHost): Handlers {
  const find = (vm: SimulatedVm, name: string): VmCheckpoint => {
    const found = vm.checkpoints.find((one) => one.name === name);
    if (found === undefined)
      throw qemuRefusal('VIR_ERR_NO_DOMAIN_CHECKPOINT', `no domain checkpoint with matching name '${name}'`);
    return found;
  };
  const at = (ref: CheckpointRef): { vm: SimulatedVm; checkpoint: VmCheckpoint } => {
    const vm = host.vm(ref.dom);
    return { vm, checkpoint: find(vm, ref.name) };
  };
  return {
    domainCheckpointCreateXml: ({ dom, xmlDesc }) => {
      const vm = host.vm(dom);
      if (vm.live === null)
        throw qemuRefusal('VIR_ERR_OPERATION_UNSUPPORTED', 'cannot create checkpoint for inactive domain');
      const wish = parseDocument(xmlDesc, 'domain_checkpoint', 'domaincheckpoint');
      const createdAtSeconds = Math.floor(host.nowMs() / 1_000);
      const name = childText(wish, 'name') || String(createdAtSeconds);
      if (vm.checkpoints.some((one) => one.name === name))
        throw qemuRefusal('VIR_ERR_OPERATION_FAILED', `domain checkpoint '${name}' already exists`);
      const disks = vm.definition.shape.disks.filter((disk) => disk.device === 'disk');
      vm.checkpoints.push({
        name,
        createdAtSeconds,
        description: childText(wish, 'description') ?? '',
        parent: vm.checkpoints.at(-1)?.name ?? null,
        disks: disks.map((disk) => disk.target),
      });
      return { checkpoint: { name, dom: vm.ref } };
    },
    domainCheckpointGetXmlDesc: ({ checkpoint }) => ({ xml: checkpointXml(at(checkpoint).checkpoint) }),
    domainListAllCheckpoints: ({ dom, needResults }) => {
      const vm = host.vm(dom);
      const refs = vm.checkpoints.map(({ name }) => ({ name, dom: vm.ref }));
      return { checkpoints: needResults === 0 ? [] : refs, ret: refs.length };
    },
    domainCheckpointLookupByName: ({ dom, name }) => {
      const vm = host.vm(dom);
      return { checkpoint: { name: find(vm, name).name, dom: vm.ref } };
    },
    domainCheckpointGetParent: ({ checkpoint: ref }) => {
      const { vm, checkpoint } = at(ref);
      if (checkpoint.parent === null)
        throw qemuRefusal(
          'VIR_ERR_NO_DOMAIN_CHECKPOINT',
          `checkpoint '${checkpoint.name}' does not have a parent`,
        );
      return { parent: { name: checkpoint.parent, dom: vm.ref } };
    },
    domainCheckpointDelete: ({ checkpoint: ref }) => {
      const { vm, checkpoint } = at(ref);
      vm.checkpoints = vm.checkpoints
        .filter((one) => one !== checkpoint)
        .map((one) => (one.parent === checkpoint.name ? { ...one, parent: checkpoint.parent } : one));
    },
  };
}

function checkpointXml(checkpoint: VmCheckpoint): string {
  return printXml(
    element('domaincheckpoint', {}, [
      element('name', {}, checkpoint.name),
      ...(checkpoint.description === '' ? [] : [element('description', {}, checkpoint.description)]),
      ...(checkpoint.parent === null
        ? []
        : [element('parent', {}, [element('name', {}, checkpoint.parent)])]),
      element('creationTime', {}, String(checkpoint.createdAtSeconds)),
      element(
        'disks',
        {},
        checkpoint.disks.map((name) =>
          element('disk', { name, checkpoint: 'bitmap', bitmap: checkpoint.name }),
        ),
      ),
    ]),
  );
}
