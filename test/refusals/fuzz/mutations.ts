/** A source of chance that replays: the same seed draws the same numbers (mulberry32, public domain). */
export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A number in [0, 1). */
  draw(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number below `limit`. */
  below(limit: number): number {
    return Math.floor(this.draw() * limit)
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T
  }
}

/** What has broken others: pieces that parsers, paths, prototypes and terminals are known to stumble over. */
export const evilTokens = [
  ...[
    '',
    ' ',
    '\t',
    '\n',
    '\r\n',
    '\u0000',
    '\u001b[2J',
    '\u2028',
    '\u202e',
    '\ufeff',
    '\ud800',
    '\udc00',
    'é',
    '😀',
  ],
  ...[
    '..',
    '../',
    '../../etc/passwd',
    '%2e%2e',
    '%252e',
    '%00',
    '%',
    '%zz',
    '\\',
    '\\\\',
    '//',
    '/',
    ';',
    '?',
    '#',
  ],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'length',
    'then',
    '$ref',
    'null',
    'true',
  ],
  ...[
    '-0',
    '1e999',
    '-1e999',
    '1e-999',
    'NaN',
    'Infinity',
    '0x10',
    '1_000',
    '9007199254740993',
    '18446744073709551616',
  ],
  ...[
    '{',
    '}',
    '[',
    ']',
    '[[',
    ']]',
    '{"x":',
    '"',
    "'",
    ',',
    ':',
    '[]',
    '{}',
    '{"__proto__":1}',
    '[[[[[[[[[[',
  ],
  ...[
    '&a ',
    '*a',
    '<<: ',
    '!!binary ',
    '!!set ',
    '? ',
    '- ',
    '|\n',
    '>-\n',
    '---\n',
    '...\n',
    '#',
    '%YAML 9\n',
    '~',
  ],
  ...['/etc/passwd', '{{7*7}}', '$(id)', '`id`', "' or 1=1 --", '<script>', '%s%n'],
  ...[
    'model',
    'version',
    'host',
    'signature',
    'release',
    'files',
    'inputs',
    'instances',
    'dataframe_split',
    'columns',
  ],
] as const

/** Change a text a few times: cut, double, swap, repeat, replace a number, put a token in, flip a character. */
export function mutated(text: string, chance: Chance, tokens: readonly string[] = evilTokens): string {
  let changed = text
  for (let times = 1 + chance.below(4); times > 0; times -= 1) changed = mutatedOnce(changed, chance, tokens)
  return changed
}

function mutatedOnce(text: string, chance: Chance, tokens: readonly string[]): string {
  const at = chance.below(text.length + 1)
  const to = Math.min(text.length, at + chance.below(12))
  const [before, part, after] = [text.slice(0, at), text.slice(at, to), text.slice(to)]
  switch (chance.below(9)) {
    case 0:
      return before + after
    case 1:
      return before + part + part + after
    case 2:
      return before + part.repeat(2 + chance.below(40)) + after
    case 3:
      return before + chance.pick(tokens) + part + after
    case 4:
      return before + chance.pick(tokens) + after
    case 5:
      return (
        before +
        String.fromCharCode(chance.below(chance.below(4) === 0 ? 0x10000 : 0x80)) +
        part.slice(1) +
        after
      )
    case 6:
      return text.replace(/-?\d+(?:\.\d+)?/, () => chance.pick(tokens))
    case 7: {
      const lines = text.split('\n')
      const line = lines.splice(chance.below(lines.length), 1)
      lines.splice(chance.below(lines.length + 1), 0, ...line, ...(chance.below(2) === 0 ? line : []))
      return lines.join('\n')
    }
    default:
      return before + chance.pick(tokens).repeat(1 + chance.below(200)) + after
  }
}

/** Change bytes a few times: flip, cut, double, fill. */
export function mutatedBytes(bytes: Uint8Array, chance: Chance): Uint8Array {
  let changed = Buffer.from(bytes)
  for (let times = 1 + chance.below(4); times > 0; times -= 1) {
    const at = chance.below(changed.length + 1)
    const kind = chance.below(4)
    if (kind === 0) changed = changed.subarray(0, at)
    else if (kind === 1)
      changed = Buffer.concat([
        changed.subarray(0, at),
        Buffer.from([chance.below(256)]),
        changed.subarray(at),
      ])
    else if (at < changed.length)
      changed[at] = kind === 2 ? chance.below(256) : (changed[at] ?? 0) ^ (1 << chance.below(8))
  }
  return changed
}
