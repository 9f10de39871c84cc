/** Programs ask `process.versions.electron` whether they run in Electron (and then may not use its binary as Node). */
export function pretendRuntime(type: 'browser' | 'utility'): void {
  const versions = { ...process.versions, electron: '45.4.1' };
  Object.defineProperty(process, 'versions', { value: versions });
  Object.defineProperty(process, 'type', { value: type });
}
