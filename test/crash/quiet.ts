import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { ModelDetails, PlatformClient } from '../../cli/platform-client.ts'
import { findBreak, type HistoryEntry } from '../../lib/rules/audit.ts'
import { isOver, type Operation } from '../../lib/rules/operation.ts'
import { homeAt } from '../../local/home.ts'
import { draftPrefix } from '../../local/on-disk.ts'
import { until } from '../harness/until.ts'
import { type Ledger, must } from './ledger.ts'
import { isRight } from './traffic.ts'
import { answerOf } from './uploads.ts'

/** Wait until nothing is under way any more, and hold everything there is to what was promised. */
export async function holdQuiet(
  client: PlatformClient,
  home: string,
  models: readonly string[],
  ledger: Ledger,
): Promise<void> {
  await quiet(client, home, models, ledger)
  await ledger.lookAtOperations(client)
  for (const model of models) {
    const details = await ledger.look(client, model)
    holdVersions(details)
    await holdRecords(client, home, details)
    const drafts = [...(await readdir(homeAt(home).incoming)), ...(await readdir(homeAt(home).cache))]
    must(!drafts.some((name) => name.startsWith(draftPrefix)), `drafts are left: ${drafts.join(', ')}`)
    for (const [alias, { stable, previous, canary }] of Object.entries(details.aliases)) {
      must(canary === undefined, `'${alias}' of ${model} has a canary, and nobody judges it`)
      await holdAnswer(client, details, `aliases/${alias}`, stable)
      if (alias === 'live' && previous !== undefined)
        await holdAnswer(client, details, 'aliases/previous', previous)
    }
  }
  for (const operation of ledger.operations) holdOutcome(operation)
}

/** Every upload is known, every operation is over, and no execution is open. */
async function quiet(
  client: PlatformClient,
  home: string,
  models: readonly string[],
  ledger: Ledger,
): Promise<void> {
  let waitsFor = ''
  const look = async () => {
    for (const { model, version } of ledger.uploads.values()) {
      const state = (await client.version(model, version).catch(() => undefined))?.state
      waitsFor = `${model} ${version} is ${state ?? 'unknown'}`
      if (state === undefined || state === 'CREATING') return false
    }
    for (const model of models) {
      const running = (await operationsOf(client, model)).find((one) => !isOver(one))
      waitsFor = `${running?.id} runs: ${JSON.stringify(running?.progress.at(-1))}`
      if (running !== undefined) return false
    }
    const open = openExecutions(home)
    waitsFor = `open executions: ${open.join(', ')}`
    return open.length === 0
  }
  await until('everything is quiet', look, 25_000).catch((error) => {
    throw new Error(`${error.message}; ${waitsFor}`)
  })
}

export async function operationsOf(client: PlatformClient, model: string): Promise<Operation[]> {
  const answer = await fetch(`${client.url}/models/${model}/operations`)
  return ((await answer.json()) as { operations?: Operation[] }).operations ?? []
}

/** Executions that have not ended, and executions that have and left something in the journal. */
function openExecutions(home: string): string[] {
  const database = new DatabaseSync(join(home, 'registry.sqlite'), { readOnly: true })
  try {
    return database
      .prepare(
        'select name from executions where outcome is null union select distinct execution from journal',
      )
      .all()
      .map((row) => String(row['name']))
  } finally {
    database.close()
  }
}

function holdVersions({ model, versions }: ModelDetails): void {
  for (const { version, state, problem } of versions)
    must(
      state === 'READY' || state === 'DELETING' || state === 'RETIRED',
      `${model} ${version} is ${state}: ${problem?.detail}`,
    )
}

/** The records in the store are the registry's history, and the chain holds. */
async function holdRecords(client: PlatformClient, home: string, details: ModelDetails): Promise<void> {
  const { model } = details
  const entries = await client.history(model)
  const folder = join(home, 'store', 'records', model)
  const texts = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')))
  const records = texts.map((text) => JSON.parse(text) as HistoryEntry).toSorted((a, b) => a.rev - b.rev)
  must(
    JSON.stringify(records) === JSON.stringify(entries),
    `the records of ${model} are not its history: ${records.length} and ${entries.length}`,
  )
  const found = findBreak(records, details)
  must(found === undefined, `the chain of ${model} breaks: ${JSON.stringify(found)}`)
}

/** What a name points to is READY, and answers itself, and rightly. */
async function holdAnswer(
  client: PlatformClient,
  { model, versions }: ModelDetails,
  path: string,
  version: string,
): Promise<void> {
  const state = versions.find((one) => one.version === version)?.state
  must(state === 'READY', `${path} of ${model} names ${version}, which is ${state}`)
  const { request } = answerOf(model, version)
  const seen = await until(
    `${path} of ${model} answers`,
    async () => {
      const answer = await client.invoke(model, path, JSON.stringify(request), 'application/json')
      return answer.status !== 503 && answer
    },
    5000,
  )
  must(seen.status === 200, `${path} of ${model} answers ${seen.status} ${seen.body}`)
  must(
    seen.headers.get('model-version') === version,
    `${path} of ${model} names ${version}, and ${seen.headers.get('model-version')} answered`,
  )
  must(isRight(model, version, seen.body), `${model} ${version} answered ${seen.body}`)
}

function holdOutcome({ id, state, endedAt, problem }: Operation): void {
  must(state !== 'running' && endedAt !== undefined, `${id} is ${state}`)
  must(state === 'succeeded' || problem !== undefined, `${id} is ${state}, and nobody knows why`)
  must(
    problem?.code !== 'platform-fault' && problem?.code !== 'served-is-not-ours',
    `${id} ${state}: ${problem?.detail}`,
  )
}
