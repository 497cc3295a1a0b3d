import { existsSync } from 'node:fs'
import { run } from '../../test/harness/containers/run.ts'

/** What a start reads, put out of the page cache: what other processes have mapped stays. */
const script = `
import os, sys
def files(place):
    if os.path.isfile(place):
        yield place
    for folder, _, names in os.walk(place):
        yield from (os.path.join(folder, name) for name in names)
for place in sys.argv[1:]:
    for name in files(place):
        try:
            handle = os.open(name, os.O_RDONLY)
        except OSError:
            continue
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)
`

/** How `evict` does it, for whoever reads the figures. */
export const evicting =
  'posix_fadvise(DONTNEED) over every file of the environments, interpreters, templates and models; what others have mapped stays'

/** Have the system read files from the disk again that nobody else has mapped. */
export async function evict(python: string, places: readonly string[]): Promise<void> {
  await run('sync', ['-f', ...places.filter(existsSync)])
  await run(python, ['-c', script, ...places.filter(existsSync)])
}
