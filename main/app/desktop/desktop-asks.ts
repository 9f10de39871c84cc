import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { BrowserWindow, dialog } from 'electron';
import { z } from 'zod';
import type { InstallationFacts } from '../../../shared/contract/installation.ts';
import { notify } from './notifications.ts';

/** A file larger than this is not read into a window: an image is imported by its path. */
const MAX_TEXT_BYTES = 4 * 1024 * 1024;
const MAX_SAVED_CHARACTERS = 64 * 1024 * 1024;

/** An address of this console, never of another origin. */
const view = z
  .string()
  .max(500)
  .regex(/^\/(?!\/)[^\s\\]*$/);
const fileInput = z.object({
  title: z.string().max(120),
  filters: z
    .array(z.object({ name: z.string().max(60), extensions: z.array(z.string().max(12)).max(12) }))
    .max(8)
    .default([]),
});

/** What asks need of the shell beside Electron itself. */
export interface AskShell {
  readonly openWindow: (view: string) => void;
  /** What the console can switch between. */
  readonly installations: readonly InstallationFacts[];
}

type Answer<Input> = (window: BrowserWindow, input: Input, shell: AskShell) => Promise<unknown>;

function ask<Input>(schema: z.ZodType<Input>, answer: Answer<Input>): Answer<unknown> {
  return async (window, input, shell) => {
    const parsed = schema.safeParse(input);
    if (!parsed.success) throw new Error('The shell was asked with an input of the wrong form.');
    return await answer(window, parsed.data, shell);
  };
}

/** What a window may ask of the shell. Everything it sends is checked; nothing else of the system can be reached from it. */
const ASKS = {
  /** Path of a file the person chose, null when they thought better of it. */
  'file.choose': ask(fileInput, async (window, { title, filters }) => {
    const chosen = await dialog.showOpenDialog(window, { title, filters, properties: ['openFile'] });
    return chosen.filePaths[0] ?? null;
  }),
  /** Name and text of a file the person chose (a private key, a CSV), null when they thought better of it. */
  'file.readText': ask(fileInput, async (window, { title, filters }) => {
    const chosen = await dialog.showOpenDialog(window, {
      title,
      filters,
      properties: ['openFile', 'showHiddenFiles'],
    });
    const [path] = chosen.filePaths;
    return path === undefined ? null : await readText(path);
  }),
  /** Saves bytes (a PDF, a CSV) where the person says; its path, null when they thought better of it. */
  'file.save': ask(
    z.object({ name: z.string().max(200), base64: z.base64().max(MAX_SAVED_CHARACTERS) }),
    async (window, { name, base64 }) => {
      const chosen = await dialog.showSaveDialog(window, { defaultPath: basename(name) });
      if (chosen.canceled || chosen.filePath === '') return null;
      await writeFile(chosen.filePath, Buffer.from(base64, 'base64'));
      return chosen.filePath;
    },
  ),
  /** A native notification, unless the person looks at the console anyway; a click opens the view. Answers whether it was shown. */
  notify: ask(
    z.object({ title: z.string().min(1).max(120), body: z.string().max(400), view: view.optional() }),
    async (window, { title, body, view: target }) =>
      BrowserWindow.getFocusedWindow() === null && notify(window, { title, body, view: target }),
  ),
  /** What the console can switch between; nothing where there is one store. */
  installations: ask(z.undefined(), async (_window, _input, shell) => shell.installations),
  /** A window of its own for one view. */
  'window.open': ask(view, async (_window, path, shell) => {
    shell.openWindow(path);
    return true;
  }),
} as const;

async function readText(path: string): Promise<{ name: string; text: string }> {
  const { size } = await stat(path);
  if (size > MAX_TEXT_BYTES)
    throw new Error(`${basename(path)} is larger than 4 MiB: that is not the file meant here.`);
  return { name: basename(path), text: await readFile(path, 'utf8') };
}

/** @throws Error for an unknown name or an input of the wrong form */
export async function answerAsk(
  window: BrowserWindow,
  { name, input }: { name: unknown; input: unknown },
  shell: AskShell,
): Promise<unknown> {
  const known =
    typeof name === 'string' && Object.hasOwn(ASKS, name) ? ASKS[name as keyof typeof ASKS] : undefined;
  if (!known) throw new Error('The shell does not know this question.');
  return await known(window, input, shell);
}
