import { readFileSync, writeFileSync } from 'node:fs'

/**
 * Name every platform's optional packages in package-lock.json. A registry mirror that does not carry other platforms'
 * packages leaves them out, and npm 11 and 12 then refuse `npm ci` on those platforms.
 * `node scripts/complete-lock.mjs` after each change of dependencies; a test holds the lock to it.
 */
const place = new URL('../package-lock.json', import.meta.url)

/** The optional packages that a lock names and does not hold, as the entries they should have. */
export function missingEntries({ packages }) {
  const held = (where, name) => {
    for (let at = where; ; at = at.slice(0, at.lastIndexOf('node_modules/')).replace(/\/$/, '')) {
      if (packages[`${at}${at && '/'}node_modules/${name}`]) return true
      if (!at) return false
    }
  }
  return Object.entries(packages).flatMap(([where, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !held(where, name))
      .map(([name, version]) => [`node_modules/${name}`, entryOf(name, version, entry.dev)]),
  )
}

function entryOf(name, version, dev) {
  const words = name.split(/[/-]/)
  const os = words.find((word) =>
    /^(?:aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)$/.test(word),
  )
  const cpu = words.find((word) =>
    /^(?:arm64|arm|x64|ia32|loong64|mips64el|ppc64|riscv64|s390x|wasm32)$/.test(word),
  )
  if (cpu === undefined || (os === undefined && cpu !== 'wasm32'))
    throw new Error(`which platform is ${name} for?`)
  return { version, cpu: [cpu], ...(dev && { dev }), optional: true, ...(os !== undefined && { os: [os] }) }
}

if (import.meta.main) {
  const lock = JSON.parse(readFileSync(place, 'utf8'))
  for (const [where, entry] of missingEntries(lock)) lock.packages[where] = entry
  const root = Object.entries(lock.packages).filter(([where]) => where === '')
  const rest = Object.entries(lock.packages).filter(([where]) => where !== '')
  lock.packages = Object.fromEntries([...root, ...rest.toSorted(([a], [b]) => (a < b ? -1 : 1))])
  writeFileSync(place, `${JSON.stringify(lock, null, 2)}\n`)
}
