import type { Context } from 'hono'
import type { z } from 'zod'
import { parseModelName, parseVersion } from '../../lib/rules/names.ts'
import { Problem, shown } from '../../lib/rules/problem.ts'
import { refuseUnknownModel } from '../moves.ts'
import type { Ports } from '../ports.ts'
import type { Door } from '../problem-answer.ts'
import { type DryRun, isDryRun } from './dry-run.ts'
import { bodyOf } from './requests.ts'

/** The model and the version that a path names. @throws Problem `model-name-malformed`, `version-malformed` */
export function named({ model, version }: { readonly model: string; readonly version: string }) {
  return { model: parseModelName(model), version: parseVersion(version) }
}

/** A model that something was pushed of. @throws Problem `model-unknown` */
export async function knownModel(registry: Ports['registry'], name: string): Promise<string> {
  const model = parseModelName(name)
  // Only a model that nothing was ready of yet has no record: to read all versions of every other would be for nothing.
  if ((await registry.model(model)) === undefined) await refuseUnknownModel(registry, model)
  return model
}

/** Who asks, and what they may. */
export function caller({ env: { actor, grants } }: Context<Door>) {
  return { actor, grants }
}

/** The body of a request that changes something, and whether it is only to be tried. */
export async function readRequest<Schema extends z.ZodType<{ readonly dryRun?: boolean | undefined }>>(
  { req }: Context<Door>,
  schema: Schema,
): Promise<z.output<Schema>> {
  const asked = await bodyOf(req.raw, schema)
  return { ...asked, dryRun: isDryRun(asked.dryRun, req.query('dryRun')) }
}

/** What is asked of the alias in the path. @throws Problem `request-malformed` where the body names another one */
export function ofAlias<Asked extends { readonly alias?: string | undefined }>(asked: Asked, alias: string) {
  if (asked.alias !== undefined && asked.alias !== alias)
    throw new Problem(
      'request-malformed',
      `the path is that of '${alias}', and the body names ${shown(asked.alias)}; leave it out of the body`,
    )
  return { ...asked, alias }
}

/** What was begun, and where it can be followed; or what a dry run found. */
export function accepted(operation: { readonly id: string } | DryRun): Response {
  if ('dryRun' in operation) return Response.json(operation)
  return Response.json(operation, { status: 202, headers: { Location: `/operations/${operation.id}` } })
}
