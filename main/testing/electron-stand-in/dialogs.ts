import { EventEmitter } from 'node:events';

/** What was shown to the person, and what the person will do: the test gives answers before they are asked for. */
export const shown: { dialogs: { kind: string; options: unknown }[]; notifications: NotificationStandIn[] } =
  {
    dialogs: [],
    notifications: [],
  };
const answers: unknown[] = [];
let standingBox: ((response: number) => void) | undefined;

/** Answers the message box that stands, or else the dialog that comes next. */
export function answer(value: unknown): void {
  if (standingBox) standingBox(value as number);
  else answers.push(value);
  standingBox = undefined;
}

async function ask<Answer>(kind: string, options: unknown, otherwise: Answer): Promise<Answer> {
  shown.dialogs.push({ kind, options });
  return answers.length > 0 ? (answers.shift() as Answer) : otherwise;
}

export const dialog = {
  showOpenDialog: async (
    _window: unknown,
    options: unknown,
  ): Promise<{ canceled: boolean; filePaths: string[] }> =>
    await ask('open', options, { canceled: true, filePaths: [] }),
  showSaveDialog: async (
    _window: unknown,
    options: unknown,
  ): Promise<{ canceled: boolean; filePath: string }> =>
    await ask('save', options, { canceled: true, filePath: '' }),
  /** Without an answer it stands until the test gives one. */
  showMessageBox: async (options: unknown): Promise<{ response: number; checkboxChecked: boolean }> => {
    shown.dialogs.push({ kind: 'message', options });
    const response = await new Promise<number>((resolve) => {
      if (answers.length > 0) resolve(answers.shift() as number);
      else standingBox = resolve;
    });
    return { response, checkboxChecked: false };
  },
  showErrorBox: (title: string, content: string): void => {
    shown.dialogs.push({ kind: 'error', options: { title, content } });
    process.stderr.write(`error box: ${title}: ${content}\n`);
  },
};

export class NotificationStandIn extends EventEmitter {
  readonly options: { title: string; body: string };

  static isSupported(): boolean {
    return true;
  }

  constructor(options: { title: string; body: string }) {
    super();
    this.options = options;
  }

  show(): void {
    shown.notifications.push(this);
  }
}
