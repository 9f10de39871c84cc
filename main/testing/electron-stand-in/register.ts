import { registerHooks } from 'node:module';

// Loaded with `node --import` before the real desktop entry: what it imports as `electron` is then the stand-in beside this file.
// Nothing of the shell is replaced; only the runtime under it.

const standIn = new URL('./electron.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: standIn, shortCircuit: true } : next(specifier, context),
});
