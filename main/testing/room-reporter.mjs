// A reporter of vitest that writes down what happens while it happens (main/app/launch/run-room.mjs reads it): a runner that crashes or is
// killed makes no report, and what passed, what failed and where it stood must be known all the same.
import { appendFileSync } from 'node:fs';
import { relative } from 'node:path';

const record = process.env.TEST_ROOM_RECORD ?? '';

function write(said) {
  appendFileSync(record, `${JSON.stringify(said)}\n`);
}

const nameOf = (module) => relative(process.cwd(), module.moduleId).replaceAll('\\', '/');
const firstLine = (error) => String(error?.message ?? error).split('\n', 1)[0];

class RoomReporter {
  onTestModuleStart(module) {
    write({ t: 'begun', file: nameOf(module) });
  }

  onTestCaseResult(test) {
    const { state } = test.result();
    if (state === 'failed') write({ t: 'failed', what: `${nameOf(test.module)} > ${test.fullName}` });
    else write({ t: state });
    if (test.diagnostic()?.flaky) write({ t: 'again', what: `${nameOf(test.module)} > ${test.fullName}` });
  }

  onTestModuleEnd(module) {
    const file = nameOf(module);
    // It could not be loaded, or a hook failed: its tests are then skipped, or not even known, and none of them says so.
    if (module.state() === 'failed' && ![...module.children.allTests('failed')].length) {
      const errors = [module, ...module.children.allSuites()].flatMap((part) => part.errors());
      write({ t: 'failed', what: `${file}: ${firstLine(errors[0] ?? 'it failed outside of its tests')}` });
    }
    const { setupDuration, collectDuration, duration } = module.diagnostic();
    write({ t: 'done', file, importMs: setupDuration + collectDuration, testsMs: duration });
  }

  onTestRunEnd(_modules, unhandledErrors) {
    for (const error of unhandledErrors) write({ t: 'failed', what: `nobody handled: ${firstLine(error)}` });
    write({ t: 'end' });
  }
}

// oxlint-disable-next-line import/no-default-export -- the form vitest loads a reporter in
export default RoomReporter;
