import type { Talk } from './talk.ts'

/** A line at the bottom that is drawn anew, with lasting lines above it. Without a terminal, only the lasting lines. */
export interface LiveLine {
  draw(text: string): void
  /** A line that stays. */
  line(text: string): void
  end(): void
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

export function liveLine(talk: Talk): LiveLine {
  let turn = 0
  const erase = () => {
    if (talk.live) process.stderr.write('\r\u001b[2K')
  }
  return {
    draw(text) {
      if (!talk.live) return
      turn += 1
      // A terminal that does not know how wide it is says 0.
      const { columns = 0 } = process.stderr
      const width = (columns === 0 ? 80 : columns) - 5
      erase()
      process.stderr.write(
        `  ${talk.paint('cyan', frames[turn % frames.length] ?? '')} ${text.slice(0, width)}`,
      )
    },
    line(text) {
      erase()
      talk.say(text)
    },
    end: erase,
  }
}
