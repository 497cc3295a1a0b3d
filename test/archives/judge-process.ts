import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { judgeArchive } from '../../lambdas/archive/judged-archive.ts'

// Judges the archive that is named, and tells what came of it and how much memory the process had at most.
const [place = ''] = process.argv.slice(2)
const started = performance.now()
const came = await judgeArchive({
  ending: place.endsWith('.zip') ? '.zip' : '.tar.gz',
  size: statSync(place).size,
  open: (first, end) => createReadStream(place, { start: first, end: end - 1, highWaterMark: 2 ** 18 }),
}).then(
  ({ files }) => ({ bytes: files.reduce((sum, { size }) => sum + size, 0) }),
  (error: Error) => ({ refused: error.message }),
)
const peakMebibytes = Math.round(peakKibibytes() / 1024)
const seconds = Number(((performance.now() - started) / 1000).toFixed(2))
process.stdout.write(`${JSON.stringify({ ...came, peakMebibytes, seconds })}\n`)

/** On Linux what this program had: what the process had before it became this program counts in `maxRSS`. */
function peakKibibytes(): number {
  const status = '/proc/self/status'
  if (!existsSync(status)) return process.resourceUsage().maxRSS
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1])
}
