#!/usr/bin/env node
// `npx innkeeper …`: sets up what is missing, then runs the command line with the Node that came with the project.
import { ensureBuilt, ensureDependencies, runBuilt } from './setup.mjs';

ensureDependencies();
ensureBuilt();
await runBuilt('cli.js');
