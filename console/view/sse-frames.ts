/** A server-sent event: its name, and what it carries. */
export interface Frame {
  readonly event: string
  readonly data: string
}

/** Reads server-sent events out of the pieces that a connection gives. */
export class Frames {
  #rest = ''

  /** @returns the events that are whole by now */
  take(piece: string): Frame[] {
    const parts = (this.#rest + piece).split('\n\n')
    this.#rest = parts.pop() ?? ''
    return parts.flatMap((part) => {
      const fields = part.split('\n').filter((line) => !line.startsWith(':'))
      const of = (name: string) =>
        fields.flatMap((line) =>
          line.startsWith(`${name}:`) ? [line.slice(name.length + 1).trimStart()] : [],
        )
      const data = of('data').join('\n')
      return data === '' ? [] : [{ event: of('event')[0] ?? 'message', data }]
    })
  }
}
