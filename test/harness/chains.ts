import type { Move } from '../../lambdas/ports.ts'
import { completeRollout, giveStep, type MovedRecord, newModel } from '../../lib/rules/alias-move.ts'
import type { HistoryEntry } from '../../lib/rules/audit.ts'
import { canonicalJson, sha256Hex } from '../../lib/rules/digest.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import type { ModelRecord } from '../../lib/rules/routing.ts'
import type { Signature } from '../../lib/rules/signature.ts'
import { moveOf, readyRecord } from './records.ts'

const signature: Signature = {
  inputs: [{ name: 'x', type: 'float32', shape: [] }],
  outputs: [{ name: 'y', type: 'float32', shape: [] }],
}

/** A version as its release leaves it, with digests as they really look. */
export function releasedRecord(model: string, version: string): VersionRecord {
  const sha256 = sha256Hex(`${model} ${version}`)
  return {
    ...readyRecord(model, version, signature),
    artifact: {
      digest: `sha256:${sha256}`,
      sizeBytes: 942,
      files: [{ path: 'model.onnx', size: 942, sha256, ref: sha256 }],
    },
    image: { digest: `sha256:${sha256Hex(`image of ${sha256}`)}`, uri: `/elsewhere/${sha256}` },
  }
}

/** The moves of a model: two versions are released, both promoted, and ever more canaries come and go. */
export function movesOf(model: string, length: number): readonly Move[] {
  const moves: Move[] = []
  let seen: ModelRecord = newModel(model)
  const of = (version: string) => ({ alias: 'live', version, rollout: `promotion-of-${version}` })
  const told = (version: string) => ({
    version,
    operation: `op-${moves.length}`,
    reason: `ünï ${moves.length}`,
  })
  const step = { weightPercent: 10, bakeTimeSeconds: 600 }
  const after = ({ aliases, accepted }: MovedRecord) => ({ aliases, accepted })
  for (const i of Array.from({ length }).keys()) {
    const version = i % 4 < 2 ? '1.0.0' : '1.1.0'
    const released = { kind: 'released', released: releasedRecord(model, version) } as const
    const canary = { kind: 'canary-started', alias: 'live', weightPercent: 10 } as const
    const move =
      i === 0 || i === 2
        ? moveOf(seen, model, {}, { ...told(version), ...released })
        : i === 3
          ? moveOf(seen, model, after(giveStep(seen, of(version), 0, step)), { ...told(version), ...canary })
          : moveOf(seen, model, after(completeRollout({ ...seen, aliases: {} }, of(version))), told(version))
    moves.push(move)
    seen = move.next
  }
  return moves
}

/** What a forger who can compute hashes would write: every link joined to the one before it. */
export function forged(entries: readonly HistoryEntry[]): HistoryEntry[] {
  let before = ''
  return entries.map(({ hash: _, ...entry }, i) => {
    const link = { ...entry, rev: i + 1, before }
    before = sha256Hex(canonicalJson(link))
    return { ...link, hash: before }
  })
}
