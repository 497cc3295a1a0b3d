/** Names of variables that a server may need to find itself, its libraries and its locale. */
const plain = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'SystemRoot',
])

/** How names begin that tune a runtime or a library. */
const tuning =
  /^(?:PYTHON|(?:LC|LD|DYLD|OMP|OPENBLAS|MKL|NUMEXPR|VECLIB|KMP|R|RENV|JAVA|JDK|NODE|ORT|CUDA|NVIDIA|SLUICE)_)/

/** Names of secrets: whatever they begin with. */
const secret = /KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL|AUTH/i

/**
 * What a model process is told of its surroundings: how to run, and no secret of whoever started the platform. A function
 * on AWS sees no more of them.
 * @param surroundings the variables of the platform's own process
 */
export function modelEnvironment(
  surroundings: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const passed = Object.entries(surroundings).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (plain.has(entry[0]) || tuning.test(entry[0])) && !secret.test(entry[0]),
  )
  return Object.fromEntries(passed)
}
