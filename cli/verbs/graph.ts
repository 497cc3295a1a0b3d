import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import semver from 'semver'
import { pinNodes } from '../../lambdas/release/pin-nodes.ts'
import { bumpedText } from '../../lib/rules/graph/bumped-text.ts'
import { type GraphRecord, graphFile, modelSteps } from '../../lib/rules/graph/graph-definition.ts'
import { parseGraph } from '../../lib/rules/graph/graph-text.ts'
import { type KnownModel, type NodeMove, outdatedNodes } from '../../lib/rules/graph/outdated.ts'
import { isProblem, Problem } from '../../lib/rules/problem.ts'
import type { Context } from '../context.ts'
import { type ExitCode, exitCode } from '../exit-codes.ts'
import { nodesOn } from '../graph-lookup.ts'
import type { PlatformClient } from '../platform-client.ts'
import { type Named, readRelease } from '../release-files.ts'
import { table } from '../terminal/talk.ts'
import { push } from './push.ts'

/** Which nodes of a graph could ask another version than they do. */
export async function graphOutdated(
  { talk, platform }: Context,
  model: string,
  version: string | undefined,
): Promise<ExitCode> {
  const chosen = version ?? (await servedVersion(platform, model))
  const { graph } = await platform.version(model, chosen)
  if (graph === undefined)
    throw new Problem(
      'usage',
      `${model} ${chosen} is no graph; sluice show ${model} ${chosen} shows what it is`,
    )
  const moves = outdatedNodes(graph, await modelsOf(platform, graph))
  talk.data({ model, version: chosen, outdated: moves }, outdatedText(`${model} ${chosen}`, moves))
  return exitCode.done
}

/** Write a graph's newest nodes into its file, and say which version it would be, or push it. */
export async function graphBump(
  context: Context,
  path: string,
  options: Named & { readonly push: boolean; readonly wait: boolean },
): Promise<ExitCode> {
  const { talk, platform } = context
  const place = join(path, graphFile)
  const text = await readFile(place, 'utf8').catch(() => {
    throw new Problem('usage', `there is no ${graphFile} in ${path}`)
  })
  const { definition, refusal } = parseGraph(text)
  const { model } = await readRelease(path, { ...options, version: options.version ?? '0.0.0' })
  const { pins, faults } = await pinNodes(definition, nodesOn(platform), model)
  if (faults.length > 0) throw refusal(faults)
  const graph = { definition, pins: Object.fromEntries(pins) }
  const moves = outdatedNodes(graph, await modelsOf(platform, graph)).filter(({ byItself }) => !byItself)
  const bumped = bumpedText(text, definition, new Map(moves.map(({ at, could }) => [at, could])))
  if (bumped !== text) await writeFile(place, bumped)
  const next = options.version ?? (await nextVersion(platform, model))
  for (const { at, model: asked, asks, could } of moves) talk.say(`${at}: ${asked} ${asks} → ${could}`)
  if (options.push) return push(context, path, { ...options, version: next })
  const how = `sluice push ${path} --version ${next}`
  talk.data(
    { model, next, moved: moves },
    moves.length === 0
      ? `no exact version of ${path} is outdated; what ranges and aliases name is resolved anew by: ${how}`
      : `release it by: ${how}`,
  )
  return exitCode.done
}

async function servedVersion(platform: PlatformClient, model: string): Promise<string> {
  const { aliases, versions } = await platform.model(model)
  const version = aliases['live']?.stable ?? versions[0]?.version
  if (version === undefined) throw new Problem('model-unknown', `'${model}' has no version`)
  return version
}

async function nextVersion(platform: PlatformClient, model: string): Promise<string> {
  const known = await platform.model(model).catch((error: unknown) => {
    if (isProblem(error) && error.code === 'model-unknown') return undefined
    throw error
  })
  const [newest] = (known?.versions ?? []).map(({ version }) => version).toSorted(semver.rcompare)
  return newest === undefined ? '1.0.0' : (semver.inc(newest, 'minor') ?? newest)
}

async function modelsOf(
  platform: PlatformClient,
  { definition }: Pick<GraphRecord, 'definition'>,
): Promise<Record<string, KnownModel | undefined>> {
  const nodes = nodesOn(platform)
  const names = [...new Set(modelSteps(definition).map(({ model }) => model))]
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await nodes.model(name)] as const)),
  )
}

function outdatedText(graph: string, moves: readonly NodeMove[]): string {
  if (moves.length === 0) return `every node of ${graph} asks the newest version that it may`
  return table(
    ['NODE', 'MODEL', 'WRITTEN', 'ASKS', 'COULD ASK', 'BY'],
    moves.map(({ at, model, written, asks, could, byItself }) => [
      at,
      model,
      written,
      asks,
      could,
      byItself ? 'the next release' : 'sluice graph bump',
    ]),
  )
}
