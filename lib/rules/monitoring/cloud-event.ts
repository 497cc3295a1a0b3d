import type { Notice } from './notice.ts'

export const cloudEventType = 'application/cloudevents+json'

/**
 * A notice as CloudEvents 1.0 has it, in JSON. Told again, it has the same id and the same text.
 * @param asks `retrain`: the one who hears it is asked for a new version, and told what to answer to
 */
export function cloudEvent(
  { id, kind, model, version, window, baseline, sentence, columns }: Notice,
  platform: string,
  asks?: 'retrain',
): string {
  const answer = { model, manifest: { source: { answers: id } } }
  return JSON.stringify({
    specversion: '1.0',
    id: asks === undefined ? id : `${id}:retrain`,
    source: `/sluice/${platform}/models/${model}/versions/${version}`,
    type: asks === undefined ? `sluice.drift.${kind}` : 'sluice.retraining.asked',
    subject: `${model}/${version}`,
    time: window.end,
    datacontenttype: 'application/json',
    data: { model, version, sentence, window, baseline, columns, ...(asks !== undefined && { answer }) },
  })
}
