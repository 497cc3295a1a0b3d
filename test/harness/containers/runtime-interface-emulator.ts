import { chmod, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { madeOnce } from './made-once.ts'
import { run } from './run.ts'

/** The package that AWS ships its emulator of Lambda in: nothing else that can be installed holds it. */
export const emulatorPackage = 'aws-sam-cli==1.170.0'

const architecture = process.arch === 'arm64' ? 'arm64' : 'x86_64'

/** AWS's own emulator of the inside of a Lambda: the Runtime API, the Extensions API and a door to post events to. */
export async function runtimeInterfaceEmulator(): Promise<string> {
  const folder = await madeOnce(emulatorPackage, async (draft) => {
    const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', draft]
    await run('python3', [...pip, emulatorPackage])
    const [wheel = ''] = (await readdir(draft)).filter((name) => name.endsWith('.whl'))
    const unpack =
      'import sys, zipfile; w, name, to = sys.argv[1:]; open(to, "wb").write(zipfile.ZipFile(w).read(name))'
    const inside = `samcli/local/rapid/aws-lambda-rie-${architecture}`
    await run('python3', ['-c', unpack, join(draft, wheel), inside, join(draft, 'aws-lambda-rie')])
    await chmod(join(draft, 'aws-lambda-rie'), 0o755)
    await rm(join(draft, wheel))
  })
  return join(folder, 'aws-lambda-rie')
}
