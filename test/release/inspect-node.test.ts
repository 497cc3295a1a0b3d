import { expect, test } from '@jest/globals'
import { zipSync } from 'fflate'
import { inspect } from '../../lambdas/release/inspect-artifact.ts'

type Content = string | Uint8Array
const bytesOf = (content: Content) =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content

function inspected(files: Readonly<Record<string, Content>>) {
  const listed = Object.entries(files).map(([path, content]) => ({ path, size: bytesOf(content).length }))
  return inspect({ model: 'churn', version: '1.0.0' }, listed, async (path) => {
    const content = files[path]
    return content === undefined ? undefined : bytesOf(content)
  })
}

const manifest = `signature: {inputs: [{name: age, type: float64}], outputs: [{name: risk, type: float64}]}\n`
const jar = zipSync({
  'a/Churn.class': Uint8Array.from([0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 61]),
  'META-INF/services/sluice.Predictor': new TextEncoder().encode('a.Churn'),
})

test('a program in JavaScript is served by the node runtime, with the packages of its lock', async () => {
  const files = {
    'model.yaml': manifest,
    'predict.js': '',
    'package.json': '{"dependencies":{"a":"^1.0.0"}}',
  }
  expect(await inspected(files)).toMatchObject({
    manifest: { runtime: 'node' },
    entry: 'predict.js',
    layout: 'program',
    requirements: '{"dependencies":{"a":"^1.0.0"}}',
    signatureOrigin: 'written',
  })
  expect(await inspected({ 'model.yaml': manifest, 'predict.cjs': '' })).toMatchObject({ requirements: '' })
})

test('a jar is served by the java runtime, and its predictor is told', async () => {
  expect(await inspected({ 'model.yaml': manifest, 'churn.jar': jar, 'lib/needs.jar': '' })).toMatchObject({
    manifest: { runtime: 'java' },
    entry: 'churn.jar',
    layout: 'jar',
    found: 'churn.jar is the jar that answers, by its a.Churn',
    requirements: '',
  })
})

test('what a program takes is told by its manifest or its examples, or it is refused', async () => {
  const answer = await inspected({ 'churn.jar': jar }).catch((error: unknown) => error)
  expect(answer).toMatchObject({ code: 'signature-unknown' })
})
