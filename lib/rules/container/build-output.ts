import { Problem, shown } from '../problem.ts'
import { withoutPlaces } from '../server-log.ts'
import { type DockerfileStep, dockerfileSteps } from './dockerfile-steps.ts'

/** What a line of a build says of how far it is: `step 3 of 7: RUN make`; undefined where it says nothing of it. */
export function stepInLine(line: string): string | undefined {
  const { step, of, what } = stepOf(line) ?? {}
  return step === undefined ? undefined : `step ${step} of ${of}: ${shortened(what ?? '')}`
}

/** `Step 3/7 : RUN make` of the builder in the engine, `#9 [build 3/7] RUN make` of BuildKit. */
function stepOf(line: string) {
  const found =
    /^Step (?<step>\d+)\/(?<of>\d+) : (?<what>.*)$/.exec(line) ??
    /^#\d+ \[(?:[^\]]+ )?(?<step>\d+)\/(?<of>\d+)\] (?<what>.*)$/.exec(line)
  return found?.groups
}

/** Why a build has failed, as its output tells it. */
export interface BuildFailure {
  /** The instruction that failed, by its line in the Dockerfile. */
  readonly step?: DockerfileStep
  /** The last lines that it wrote, without those of the builder. */
  readonly said: readonly string[]
}

const buildersOwn =
  /^(?:#\d+ |Step \d+\/|Sending build context|DEPRECATED:| *---> |-{3,}|={3,}| > \[|Removing intermediate|[A-Za-z.]*[Dd]ockerfile:\d+|\s*\d+ \| )/
const mostLines = 5

/**
 * Find in the output of a build what has failed.
 * @param output every line, of both its outputs @param dockerfile its text
 */
export function buildFailure(output: readonly string[], dockerfile: string): BuildFailure {
  const steps = dockerfileSteps(dockerfile)
  const step = failedStep(output, steps)
  const said = output
    .map((line) => line.replace(/^#\d+ \d+\.\d+ |^ERROR: failed to (?:build|solve): /, '').trimEnd())
    .filter((line) => line.trim() !== '' && !buildersOwn.test(line))
  return { ...(step !== undefined && { step }), said: said.slice(-mostLines).map(shortened) }
}

/**
 * That an image could not be built, by the line of the Dockerfile and in the words of what failed.
 * @param output every line of the build @param dockerfile its text
 */
export function unbuilt(output: readonly string[], dockerfile: string): Problem {
  const { step, said } = buildFailure(output, dockerfile)
  const words = said.map(withoutPlaces)
  const where =
    step === undefined ? 'the Dockerfile could not be built' : `line ${step.line} of the Dockerfile failed`
  const what = step === undefined || step.text === '' ? '' : ` (${shown(step.text).slice(1, -1)})`
  return new Problem('image-build-failed', `${where}${what}: ${words.at(-1) ?? 'it gave no reason'}`, [
    {
      pointer: '',
      found: words.join('\n') || 'nothing',
      allowed: 'a Dockerfile whose every step ends well',
      ...(step !== undefined && { line: step.line }),
    },
  ])
}

function failedStep(output: readonly string[], steps: readonly DockerfileStep[]): DockerfileStep | undefined {
  const all = output.join('\n')
  // BuildKit names the line; the builder in the engine counts instructions, and names the line of what it cannot read.
  const [, line] =
    /^[^\s:]*Dockerfile:(\d+)$/m.exec(all) ?? /[Dd]ockerfile parse error.*? line (\d+)/.exec(all) ?? []
  if (line !== undefined)
    return steps.findLast((one) => one.line <= Number(line)) ?? { line: Number(line), text: '' }
  const counted = output.flatMap((one) => /^Step (\d+)\//.exec(one)?.[1] ?? []).at(-1)
  return counted === undefined ? undefined : steps[Number(counted) - 1]
}

function shortened(text: string): string {
  const line = text.replaceAll(/[^\P{Cc}\t]/gu, '')
  return (line.length > 200 ? `${line.slice(0, 197)}...` : line).toWellFormed()
}
