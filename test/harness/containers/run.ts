import { execFile } from 'node:child_process'

/**
 * Run a program to its end.
 * @returns what it wrote, without the last line's end @throws Error with the end of what it wrote
 */
export function run(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  return new Promise((done, failed) => {
    const options = { env: { ...process.env, ...environment }, maxBuffer: 2 ** 26 }
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) return done(stdout.trimEnd())
      const said = `${stdout}${stderr}`.trimEnd().split('\n').slice(-20).join('\n')
      failed(new Error(`${program} ${args.join(' ')}\n${said || error.message}`))
    })
  })
}
