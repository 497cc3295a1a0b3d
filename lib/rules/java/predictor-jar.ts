import { Problem, shown } from '../problem.ts'
import { type JarMember, jarBeginning, jarListing } from './jar-listing.ts'

/** How a jar names the class that is its predictor. */
const service = 'META-INF/services/sluice.Predictor'
const serviceFile = 'the file sluice.Predictor of META-INF/services'

/** The Java of the runtime's image: what is compiled for a newer one does not run there. */
const newestJava = 21
/** A class file of Java 1 has the version 45. */
const beforeJava1 = 44

/** So many classes are looked at. */
const mostClasses = 500

/**
 * What is known of a jar without running it: its predictor, where it names one.
 * @param hasLibraries whether more jars lie in lib/
 * @throws Problem `artifact-corrupt`, `artifact-unrecognised`
 */
export function predictorIn(entry: string, bytes: Uint8Array, hasLibraries: boolean): string | undefined {
  const members = jarListing(bytes)
  if (members === undefined)
    throw new Problem(
      'artifact-corrupt',
      `${entry} is no jar, or a damaged one: compare its size before and after the upload`,
    )
  const classes = [...members].filter(([name]) => name.endsWith('.class') && !name.startsWith('META-INF/'))
  if (classes.length === 0)
    throw unfit(`${entry} has no classes: bring the jar of your program, and put what it needs into lib/`)
  refuseNewer(entry, bytes, classes)
  const named = namedIn(bytes, members.get(service))
  if (named === undefined) return undefined
  if (!hasLibraries && !members.has(`${named.replaceAll('.', '/')}.class`))
    throw unfit(`${serviceFile} in ${entry} names ${shown(named)}, and there is no such class`)
  return named
}

function refuseNewer(entry: string, bytes: Uint8Array, classes: readonly [string, JarMember][]): void {
  for (const [name, member] of classes.slice(0, mostClasses)) {
    const beginning = jarBeginning(bytes, member)
    if (beginning.length < 8) continue
    const java = new DataView(beginning.buffer, beginning.byteOffset).getUint16(6) - beforeJava1
    if (java > newestJava)
      throw unfit(
        `${name} in ${entry} was compiled for Java ${java}, and Java ${newestJava} runs it: compile it with --release 17`,
      )
  }
}

function namedIn(bytes: Uint8Array, member: JarMember | undefined): string | undefined {
  if (member === undefined) return undefined
  const names = new TextDecoder()
    .decode(jarBeginning(bytes, member))
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
  const [only] = names
  if (only !== undefined && names.length === 1) return only
  throw unfit(`${serviceFile} names ${names.length} classes: name the one that is the predictor`)
}

function unfit(reason: string): Problem {
  return new Problem('artifact-unrecognised', reason)
}
