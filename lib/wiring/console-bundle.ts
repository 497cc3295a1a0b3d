import type { BuildOptions } from 'esbuild'

/** The entry of the console's own code, beside its page. Where it lies, the console is source and has to be built. */
export const consoleEntry = 'main.tsx'

/** Files of it that are sent as they are written. */
export const plainConsoleFiles = ['index.html', 'icon.svg'] as const

/** How its one script and its one style sheet are built, by whoever builds them. @param source the folder `console/` */
export function consoleBuildOptions(source: string) {
  return {
    absWorkingDir: source,
    entryPoints: [
      { in: consoleEntry, out: 'console' },
      { in: 'style/all.css', out: 'console' },
    ],
    bundle: true,
    minify: true,
    write: false,
    outdir: source,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    legalComments: 'inline',
    logLevel: 'warning',
  } as const satisfies BuildOptions
}
