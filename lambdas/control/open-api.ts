import { newModel } from '../../lib/rules/alias-move.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import {
  type CalledPlatform,
  type CalledVersion,
  modelDocument,
  versionDocument,
} from '../../lib/rules/open-api.ts'
import { refuseUnlessReady } from '../moves.ts'
import type { Registry } from '../ports.ts'

/** `GET …/versions/{version}/openapi.json`. @throws Problem `version-unknown`, `version-not-ready`, `version-retired` */
export async function versionOpenApi(
  registry: Registry,
  model: string,
  version: string,
  platform: CalledPlatform,
) {
  const found = refuseUnlessReady(model, version, await registry.version(model, version))
  return versionDocument(calledVersion(found), platform)
}

/** `GET /models/{model}/openapi.json`. @throws Problem `version-not-ready` where no version is ready */
export async function modelOpenApi(registry: Registry, model: string, platform: CalledPlatform) {
  const record = (await registry.model(model)) ?? newModel(model)
  const ready = (await registry.versions(model)).filter(({ state }) => state === 'READY')
  return modelDocument(record, ready.map(calledVersion), platform)
}

function calledVersion(record: VersionRecord): CalledVersion {
  const { model, version, signature, deprecation, sample } = record
  return {
    model,
    version,
    ...(signature !== undefined && { signature }),
    ...(deprecation !== undefined && { deprecation }),
    ...(sample !== undefined && { sample }),
  }
}
