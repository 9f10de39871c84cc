import { minutes, quick, seconds, slow, unbounded } from './procedure.ts';
import { flagBits, int, list, nothing, opaque, optional, struct, text, unsignedHyper } from './xdr-codecs.ts';
import { limits } from './xdr-limits.ts';
import { checkpointRef, domainRef, snapshotRef } from './xdr-objects.ts';
import { typedParameterList, typedParameterRecord } from './xdr-typed-parameters.ts';

const onDomain = struct({ dom: domainRef });
const onDomainFlags = struct({ dom: domainRef, flags: flagBits });
const onPathFlags = struct({ dom: domainRef, path: text, flags: flagBits });
const onSnapshot = struct({ snap: snapshotRef, flags: flagBits });
const onCheckpoint = struct({ checkpoint: checkpointRef, flags: flagBits });
const createXml = struct({ dom: domainRef, xmlDesc: text, flags: flagBits });
const listOfDomain = struct({ dom: domainRef, needResults: int, flags: flagBits });
const lookupByName = struct({ dom: domainRef, name: text, flags: flagBits });
const anXml = struct({ xml: text });
const aSnapshot = struct({ snap: snapshotRef });
const aCheckpoint = struct({ checkpoint: checkpointRef });
const snapshots = struct({ snapshots: list(snapshotRef, limits.snapshots), ret: int });
const checkpoints = struct({ checkpoints: list(checkpointRef, limits.checkpoints), ret: int });
const migrateParams = typedParameterList(limits.migrateParameters);
const cookie = opaque(limits.migrateCookieBytes);
const jobInfo = struct({
  type: int,
  timeElapsed: unsignedHyper,
  timeRemaining: unsignedHyper,
  dataTotal: unsignedHyper,
  dataProcessed: unsignedHyper,
  dataRemaining: unsignedHyper,
  memTotal: unsignedHyper,
  memProcessed: unsignedHyper,
  memRemaining: unsignedHyper,
  fileTotal: unsignedHyper,
  fileProcessed: unsignedHyper,
  fileRemaining: unsignedHyper,
});
const blockJobInfo = struct({
  found: int,
  type: int,
  bandwidth: unsignedHyper,
  cur: unsignedHyper,
  end: unsignedHyper,
});

const migrating = unbounded(
  'lasts as long as the guest dirties memory and the network carries it; watched and aborted by job',
);
const snapshotting = unbounded('an internal snapshot writes the memory of the guest; reverting reads it');

/** Jobs, block jobs, migration, snapshots, checkpoints and backups: one line per procedure, numbers of remote_protocol.x. */
// oxfmt-ignore
export const jobProcedures = {
  domainGetJobInfo: slow(163, onDomain, jobInfo, seconds(60)),
  domainAbortJob: slow(164, onDomain, nothing, minutes(2)),
  domainGetJobStats: slow(298, onDomainFlags, struct({ type: int, params: typedParameterRecord(limits.jobStats) }), seconds(60)),
  domainAbortJobFlags: slow(442, onDomainFlags, nothing, minutes(2)),

  domainBlockJobAbort: slow(237, onPathFlags, nothing, minutes(10)),
  domainGetBlockJobInfo: slow(238, onPathFlags, blockJobInfo, seconds(60)),
  domainBlockJobSetSpeed: slow(239, struct({ dom: domainRef, path: text, bandwidth: unsignedHyper, flags: flagBits }), nothing, seconds(60)),
  domainBlockPull: slow(240, struct({ dom: domainRef, path: text, bandwidth: unsignedHyper, flags: flagBits }), nothing, minutes(2)),
  domainBlockRebase: slow(266, struct({ dom: domainRef, path: text, base: optional(text), bandwidth: unsignedHyper, flags: flagBits }), nothing, minutes(2)),
  domainBlockCommit: slow(290, struct({ dom: domainRef, disk: text, base: optional(text), top: optional(text), bandwidth: unsignedHyper, flags: flagBits }), nothing, minutes(2)),
  domainBlockCopy: slow(345, struct({ dom: domainRef, path: text, destxml: text, params: typedParameterList(limits.blockCopyParameters), flags: flagBits }), nothing, minutes(2)),

  domainMigrateSetMaxDowntime: slow(166, struct({ dom: domainRef, downtime: unsignedHyper, flags: flagBits }), nothing, seconds(60)),
  domainMigrateSetMaxSpeed: slow(207, struct({ dom: domainRef, bandwidth: unsignedHyper, flags: flagBits }), nothing, seconds(60)),
  domainMigrateGetMaxSpeed: slow(242, onDomainFlags, struct({ bandwidth: unsignedHyper }), seconds(60)),
  domainMigrateBegin3Params: slow(302, struct({ dom: domainRef, params: migrateParams, flags: flagBits }), struct({ cookieOut: cookie, xml: text }), minutes(5)),
  domainMigratePrepare3Params: slow(303, struct({ params: migrateParams, cookieIn: cookie, flags: flagBits }), struct({ cookieOut: cookie, uriOut: optional(text) }), minutes(5)),
  domainMigratePerform3Params: slow(305, struct({ dom: domainRef, dconnuri: optional(text), params: migrateParams, cookieIn: cookie, flags: flagBits }), struct({ cookieOut: cookie }), migrating),
  domainMigrateFinish3Params: slow(306, struct({ params: migrateParams, cookieIn: cookie, flags: flagBits, cancelled: int }), struct({ dom: domainRef, cookieOut: cookie }), minutes(5)),
  domainMigrateConfirm3Params: slow(307, struct({ dom: domainRef, params: migrateParams, cookieIn: cookie, flags: flagBits, cancelled: int }), nothing, minutes(5)),
  domainMigrateStartPostCopy: slow(364, onDomainFlags, nothing, seconds(60)),

  domainSnapshotCreateXml: slow(185, createXml, aSnapshot, snapshotting),
  domainSnapshotGetXmlDesc: quick(186, onSnapshot, anXml),
  domainSnapshotNum: quick(187, onDomainFlags, struct({ num: int })),
  domainSnapshotLookupByName: quick(189, lookupByName, aSnapshot),
  domainHasCurrentSnapshot: slow(190, onDomainFlags, struct({ result: int }), seconds(60)),
  domainSnapshotCurrent: slow(191, onDomainFlags, aSnapshot, seconds(60)),
  domainRevertToSnapshot: slow(192, onSnapshot, nothing, snapshotting),
  domainSnapshotDelete: slow(193, onSnapshot, nothing, unbounded('deleting an external snapshot merges its disk')),
  domainSnapshotGetParent: quick(244, onSnapshot, aSnapshot),
  domainListAllSnapshots: quick(274, listOfDomain, snapshots),

  domainCheckpointCreateXml: slow(411, createXml, aCheckpoint, minutes(2)),
  domainCheckpointGetXmlDesc: slow(412, onCheckpoint, anXml, seconds(60)),
  domainListAllCheckpoints: quick(413, listOfDomain, checkpoints),
  domainCheckpointLookupByName: quick(415, lookupByName, aCheckpoint),
  domainCheckpointGetParent: quick(416, onCheckpoint, struct({ parent: checkpointRef })),
  domainCheckpointDelete: slow(417, onCheckpoint, nothing, minutes(5)),

  domainBackupBegin: slow(421, struct({ dom: domainRef, backupXml: text, checkpointXml: optional(text), flags: flagBits }), nothing, minutes(5)),
  domainBackupGetXmlDesc: quick(422, onDomainFlags, anXml),
} as const;
