import {
  BatchGetBuildsCommand,
  type Build,
  type CodeBuildClient,
  ListBuildsForProjectCommand,
  StartBuildCommand,
} from '@aws-sdk/client-codebuild'
import type { Architecture } from '../../lib/rules/architecture.ts'
import { sha256Hex } from '../../lib/rules/digest.ts'
import { Problem } from '../../lib/rules/problem.ts'
import { failureStandsMs, type RuntimeBuild, type RuntimeBuilds } from './runtime-builds.ts'

/** What builds for each processor. The project itself is made for arm64. */
const builders = {
  arm64: {},
  x86_64: {
    environmentTypeOverride: 'LINUX_CONTAINER',
    imageOverride: 'aws/codebuild/amazonlinux-x86_64-standard:5.0',
  },
} as const satisfies Record<Architecture, object>

const whats = {
  image: 'the image',
  lock: 'a lock',
  dockerfile: 'the image of a Dockerfile',
} as const satisfies Record<RuntimeBuild['task'], string>

/** What a build is told which task it has of which key by: `newest` finds it by the same. */
const keyVariable = 'BUILD_KEY'

/** The projects that build: what is ours, and what is somebody else's. */
export interface Projects {
  readonly runtimes: string
  readonly dockerfiles: string
}

/** Dependency images and their locks by CodeBuild: one build a key, however many releases wait for it. */
export class CodeBuild implements RuntimeBuilds {
  readonly #client: CodeBuildClient
  readonly #projects: Projects

  constructor(client: CodeBuildClient, projects: Projects) {
    this.#client = client
    this.#projects = projects
  }

  async request(build: RuntimeBuild): Promise<void> {
    const { task, runtime, architecture, key } = build
    const project = this.#projects[task === 'dockerfile' ? 'dockerfiles' : 'runtimes']
    const newest = await this.#newest(project, key)
    if (newest !== undefined && newest.buildStatus === 'IN_PROGRESS') return
    const endedAt = newest?.endTime?.getTime() ?? 0
    if (newest !== undefined && Date.now() - endedAt < failureStandsMs) {
      // Built, and not there yet: a registry may take a moment to show what was pushed.
      if (newest.buildStatus === 'SUCCEEDED') return
      throw new Problem(
        'platform-fault',
        `${whats[task]} of the ${runtime} runtime could not be built (build ${newest.id}, ${newest.buildStatus}); its log tells why`,
      )
    }
    await this.#client.send(
      new StartBuildCommand({
        projectName: project,
        // Two releases that ask at once start one build; a token is the account's, and another platform has the same key.
        idempotencyToken: sha256Hex(`${project} ${key}`),
        ...builders[architecture],
        environmentVariablesOverride: variablesOf(build).map(([name, value]) => ({
          ...{ name, value },
          type: 'PLAINTEXT',
        })),
      }),
    )
  }

  /** The newest of the last hundred builds that was for this key. */
  async #newest(projectName: string, key: string): Promise<Build | undefined> {
    const { ids = [] } = await this.#client.send(
      new ListBuildsForProjectCommand({ projectName, sortOrder: 'DESCENDING' }),
    )
    if (ids.length === 0) return undefined
    const { builds = [] } = await this.#client.send(new BatchGetBuildsCommand({ ids: ids.slice(0, 100) }))
    return builds
      .filter(({ environment }) =>
        environment?.environmentVariables?.some(({ name, value }) => name === keyVariable && value === key),
      )
      .toSorted((a, b) => (b.startTime?.getTime() ?? 0) - (a.startTime?.getTime() ?? 0))[0]
  }
}

/** Only what the build's own pattern lets through: digests and names, and nothing that a person wrote. */
function variablesOf(build: RuntimeBuild): readonly (readonly [name: string, value: string])[] {
  const { task, runtime, key } = build
  const all = [['TASK', task] as const, ['RUNTIME', runtime] as const, [keyVariable, key] as const]
  if (build.task === 'lock') return all
  const locked =
    build.task === 'dockerfile' || build.lock === undefined ? [] : [['LOCK', build.lock] as const]
  return [...all, ['REPOSITORY_URI', build.repository], ...locked]
}
