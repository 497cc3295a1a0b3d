import { liveLine } from './live-line.ts'
import { bytes, type Talk } from './talk.ts'

/** Shows bytes on their way: one line drawn anew on a terminal, elsewhere a line at each tenth of the way. */
export interface Transfer {
  /** So many bytes more have arrived. */
  moved(count: number): void
  end(): void
}

const drawEveryMs = 100

export function transfer(talk: Talk, totalBytes: number): Transfer {
  const display = liveLine(talk)
  const begunAt = performance.now()
  let done = 0
  let lastAt = begunAt
  let told = 0
  const share = () => (totalBytes === 0 ? 1 : done / totalBytes)
  const amounts = () => {
    // When all has arrived there is still something to wait for, and that is no slower line.
    const now = done === totalBytes ? lastAt : performance.now()
    const seconds = Math.max(now - begunAt, 1) / 1000
    const percent = `${Math.floor(share() * 100)} %`.padStart(5)
    return `${percent} · ${bytes(done)} of ${bytes(totalBytes)} · ${bytes(Math.round(done / seconds))}/s`
  }
  const draw = () => {
    const filled = Math.floor(share() * 20)
    display.draw(`${'█'.repeat(filled)}${'░'.repeat(20 - filled)} ${amounts()}`)
  }
  const drawing = setInterval(draw, drawEveryMs)
  draw()
  return {
    moved(count) {
      done += count
      lastAt = performance.now()
      const tenths = Math.floor(share() * 10)
      if (talk.live || tenths <= told) return
      told = tenths
      display.line(`  ${amounts().trimStart()}`)
    },
    end() {
      clearInterval(drawing)
      display.end()
    },
  }
}
