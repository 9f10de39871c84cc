import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const at = (path: string): string => resolve(import.meta.dirname, path);

/**
 * Packages are built into the entries, which halves what a start costs: hundreds of small modules are looked up and compiled otherwise. Outside
 * stay those that read files beside them (fonts), what declares names of its own that the build declares too, and what ssh2 tries to load
 * and does without.
 */
const { dependencies } = JSON.parse(readFileSync(at('package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
};
const beside = ['pdfkit', 'fontkit', 'fflate'];
const builtIn = Object.keys(dependencies).filter((name) => !beside.includes(name));

/** One build, several entries: what hosts the engine differs, the engine does not. */
export default defineConfig({
  main: {
    build: {
      outDir: 'dist/main',
      target: 'node24',
      sourcemap: true,
      minify: false,
      externalizeDeps: { exclude: builtIn },
      rollupOptions: {
        external: [/\.node$/, 'cpu-features', 'bufferutil', 'utf-8-validate'],
        input: {
          desktop: at('main/app/desktop/desktop.ts'),
          'engine-process': at('main/app/desktop/engine-process.ts'),
          browser: at('main/app/browser/browser.ts'),
          worker: at('main/app/worker/worker.ts'),
          cli: at('main/app/cli/cli.ts'),
          practice: at('main/testing/practice/practice-process.ts'),
          'pdf-worker': at('main/platform/pdf/pdf-worker.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'dist/preload',
      rollupOptions: {
        input: { bridge: at('preload/bridge.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('renderer'),
    plugins: [
      react(),
      // electron-vite makes asset paths relative, for file://; ours are asked for from addresses such as /vms/vm_1.
      { name: 'assets-from-the-root', enforce: 'post', config: (config) => void (config.base = '/') },
    ],
    build: {
      outDir: at('dist/renderer'),
      target: 'chrome140',
      minify: 'oxc',
      rollupOptions: {
        input: at('renderer/index.html'),
        output: {
          // Few files instead of a hundred small ones: a page is on the screen when the last of them is.
          codeSplitting: {
            groups: [
              {
                name: 'packages',
                test: /node_modules[\\/](react|react-dom|scheduler|wouter|zustand|@mantine|@floating-ui|@tabler)[\\/](?!dates)/,
                minShareCount: 2,
              },
              {
                name: 'ui',
                test: /[\\/]renderer[\\/](ui|client)[\\/](?!chart|date-field|screen|terminal)/,
                minShareCount: 2,
              },
            ],
          },
        },
      },
    },
  },
});
