import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { BatchGetProjectsCommand, CodeBuildClient, type Project } from '@aws-sdk/client-codebuild'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { parse } from 'yaml'
import type { Engine } from '../containers/engine.ts'
import { run } from '../containers/run.ts'
import { type Emulator, emulated } from './ministack.ts'

interface Variable {
  readonly name: string
  readonly value: string
}

interface Build {
  readonly id: string
  readonly projectName: string
  readonly startTime: number
  readonly environment: { readonly environmentVariables: readonly Variable[] }
  buildStatus: 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED'
  endTime?: number
}

interface StartBuild {
  readonly projectName: string
  readonly idempotencyToken?: string
  readonly environmentVariablesOverride?: readonly Variable[]
}

/**
 * Stands in for what runs a build: the emulator keeps projects and never runs them, and CodeBuild's own agent is an image
 * that cannot be pulled. The project's source and its inline buildspec are fetched from the emulator and run by a shell,
 * with a real engine. `docker` is asked for two things less than the buildspec says, which the old builder does not
 * know, and lets what it builds and runs reach the network; `aws` speaks to the emulator.
 */
export class BuildWorker {
  readonly builds: Build[] = []
  /** What every build has written. */
  log = ''
  /** Builds end as failed while this is set, as a builder out of disk does. */
  failing = false
  readonly #emulator: Emulator
  readonly #engine: Engine
  readonly #tokens = new Map<string, Build>()
  readonly #server = createServer((request, response) => {
    this.#answer(request).then(
      (said) => response.setHeader('content-type', 'application/x-amz-json-1.1').end(JSON.stringify(said)),
      (error) => response.writeHead(500).end(String(error)),
    )
  })

  private constructor(emulator: Emulator, engine: Engine) {
    this.#emulator = emulator
    this.#engine = engine
  }

  /** @param port where AWS_ENDPOINT_URL_CODEBUILD of every function points */
  static async start(emulator: Emulator, engine: Engine, port: number): Promise<BuildWorker> {
    const worker = new BuildWorker(emulator, engine)
    worker.#server.listen(port, '127.0.0.1')
    await once(worker.#server, 'listening')
    return worker
  }

  /** Where it answers as CodeBuild does. */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  stop(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #answer(request: IncomingMessage): Promise<unknown> {
    const [, operation] = String(request.headers['x-amz-target']).split('.')
    const asked = JSON.parse(String(await buffer(request)))
    if (operation === 'StartBuild') return { build: this.#begin(asked) }
    if (operation === 'ListBuildsForProject') {
      const ofProject = this.builds.filter(({ projectName }) => projectName === asked.projectName)
      return { ids: ofProject.map(({ id }) => id).toReversed() }
    }
    if (operation === 'BatchGetBuilds')
      return { builds: this.builds.filter(({ id }) => asked.ids.includes(id)) }
    throw new Error(`no ${operation} here`)
  }

  #begin({ projectName, idempotencyToken = '', environmentVariablesOverride = [] }: StartBuild): Build {
    const begun = this.#tokens.get(idempotencyToken)
    // A token is the account's: CodeBuild refuses one that comes again with other parameters.
    if (begun !== undefined && begun.projectName !== projectName)
      throw new Error(`the token of ${begun.id} was used for ${projectName}`)
    if (begun !== undefined) return begun
    const build: Build = {
      id: `${projectName}:${this.builds.length + 1}`,
      projectName,
      startTime: Date.now() / 1000,
      environment: { environmentVariables: environmentVariablesOverride },
      buildStatus: 'IN_PROGRESS',
    }
    this.builds.push(build)
    this.#tokens.set(idempotencyToken, build)
    this.#run(build).then(
      () => this.#end(build, this.failing ? 'FAILED' : 'SUCCEEDED'),
      (error) => {
        this.log += String(error)
        this.#end(build, 'FAILED')
      },
    )
    return build
  }

  #end(build: Build, status: Build['buildStatus']): void {
    build.buildStatus = status
    build.endTime = Date.now() / 1000
  }

  async #run(build: Build): Promise<void> {
    if (this.failing) return
    const folder = await mkdtemp(join(tmpdir(), 'sluice-build-'))
    try {
      const project = await this.#project(build.projectName)
      if (project.source?.type !== 'NO_SOURCE') await this.#fetchSource(project, folder)
      const { phases } = parse(project.source?.buildspec ?? '') as Buildspec
      const script = ['set -e', ...Object.values(phases).flatMap(({ commands }) => commands)].join('\n')
      const own = (project.environment?.environmentVariables ?? []).map(({ name = '', value = '' }) => ({
        name,
        value,
      }))
      await this.#shell(script, folder, [...own, ...build.environment.environmentVariables])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  async #project(name: string): Promise<Project> {
    const client = new CodeBuildClient({ ...emulated, endpoint: this.#emulator.endpoint })
    const { projects: [project] = [] } = await client.send(new BatchGetProjectsCommand({ names: [name] }))
    if (project === undefined) throw new Error(`there is no project ${name}`)
    return project
  }

  async #fetchSource({ source }: Project, folder: string): Promise<void> {
    const [bucket = '', ...key] = (source?.location ?? '').replace('arn:aws:s3:::', '').split('/')
    const client = new S3Client({ ...emulated, endpoint: this.#emulator.endpoint, forcePathStyle: true })
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key.join('/') }))
    const zip = join(folder, '.source.zip')
    await writeFile(zip, (await Body?.transformToByteArray()) ?? '')
    await run('python3', ['-m', 'zipfile', '-e', zip, folder])
  }

  async #shell(script: string, cwd: string, variables: readonly Variable[]): Promise<void> {
    const bin = join(cwd, '.bin')
    await mkdir(bin)
    const aws = join(import.meta.dirname, 'aws-command.ts')
    await writeFile(join(bin, 'aws'), `#!/bin/sh\nexec '${process.execPath}' '${aws}' "$@"\n`)
    await writeFile(join(bin, 'docker'), oldBuilder(await run('sh', ['-c', 'command -v docker'])))
    for (const tool of ['aws', 'docker']) await chmod(join(bin, tool), 0o755)
    const child = spawn('bash', ['-c', script], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PATH: `${bin}:${process.env['PATH']}`,
        HOME: cwd,
        DOCKER_HOST: this.#engine.host,
        DOCKER_BUILDKIT: '0',
        AWS_ENDPOINT_URL: this.#emulator.endpoint,
        ...Object.fromEntries(variables.map(({ name, value }) => [name, value])),
      },
    })
    const heard = (chunk: Buffer) => {
      this.log += chunk.toString()
    }
    child.stdout.on('data', heard)
    child.stderr.on('data', heard)
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(`the build ended with ${code}`)
  }
}

interface Buildspec {
  readonly phases: Readonly<Record<string, { readonly commands: readonly string[] }>>
}

/** `docker` for a builder that knows no attestations; its steps and its containers reach the network as this machine does. */
function oldBuilder(docker: string): string {
  return `#!/bin/bash
[ "$1" != run ] || exec ${docker} run --network=host "\${@:2}"
[ "$1" = build ] || exec ${docker} "$@"
args=()
for each in "$@"; do case $each in --provenance=*|--sbom=*) ;; *) args+=("$each");; esac; done
for name in HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy; do
  [ -z "\${!name}" ] || args+=(--build-arg "$name")
done
exec ${docker} "\${args[@]}" --network=host
`
}
