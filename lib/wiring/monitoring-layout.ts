/**
 * Where monitoring keeps what it found, each a small document of JSON: `{model}/{version}/…` of a version, `{model}/…` of
 * a model. No name of a model or version contains a slash, and no version is named as the documents of a model are.
 */
export const monitoringKeys = {
  /** What a version's records are compared with. */
  baseline: (model: string, version: string) => `${model}/${version}/baseline.json`,
  /** What was found in one window, by when it begins. */
  window: (model: string, version: string, startMs: number) =>
    `${model}/${version}/windows/${momentName(startMs)}.json`,
  windows: (model: string, version: string) => `${model}/${version}/windows/`,
  /** Which breaches are open, and how far was looked. */
  breaches: (model: string, version: string) => `${model}/${version}/breaches.json`,
  /** What was told of a version's breaches, and to whom. */
  notice: (model: string, version: string, name: string) => `${model}/${version}/notices/${name}.json`,
  notices: (model: string, version: string) => `${model}/${version}/notices/`,
  /** When what is too old was last removed of a model. */
  forgotten: (model: string) => `${model}/forgotten.json`,
  /** What was told of calls, and is not joined to them yet: the oldest first. */
  newFeedback: (model: string, atMs: number, id: string) =>
    `${model}/feedback/${momentName(atMs)}-${id}.json`,
  newFeedbacks: (model: string) => `${model}/feedback/`,
  /** What was told of calls that nobody recorded. */
  unmatched: (model: string) => `${model}/unmatched.json`,
  /** The pairs of predictions and what they turned out to be, by the hour of the calls. */
  joined: (model: string, version: string, hourMs: number) =>
    `${model}/${version}/joined/${momentName(hourMs)}.json`,
  joineds: (model: string, version: string) => `${model}/${version}/joined/`,
  /** What was found where two versions of a model were asked the same. */
  comparison: (model: string, id: string) => `${model}/comparisons/${id}.json`,
  comparisons: (model: string) => `${model}/comparisons/`,
  /** What was found of a shadow of a version, since it was first asked. @param by such as `shadow-m7x1-k3x9` */
  shadow: (model: string, by: string, version: string, sinceMs: number) =>
    `${model}/comparisons/${by}-${version}-${momentName(sinceMs)}.json`,
  shadows: (model: string) => `${model}/comparisons/shadow-`,
  /** What its comparison goes on with, in whichever process the next call of it is. */
  shadowState: (model: string, by: string, version: string) => `${model}/shadows/${by}-${version}.json`,
  /** The same, by the key of what was found. */
  shadowStateOf: (found: string) =>
    found.replace('/comparisons/', '/shadows/').replace(/-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.json$/, '.json'),
  /** What webhooks of a model are signed with. */
  webhookSecret: (model: string) => `${model}/webhook-secret.json`,
} as const

/** A moment as a part of a key, to the second: `2026-03-01T10-00-00Z`. The order of names is that of moments. */
export function momentName(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replaceAll(':', '-')}Z`
}

/** @returns milliseconds since the epoch; undefined where the key is that of no moment */
export function momentOf(key: string): number | undefined {
  const [, date, hour, minute, second] = /(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z\.json$/.exec(key) ?? []
  const at = Date.parse(`${date}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(at) ? undefined : at
}
