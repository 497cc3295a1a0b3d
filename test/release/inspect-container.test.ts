import { describe, expect, test } from '@jest/globals'
import { inspect } from '../../lambdas/release/inspect-artifact.ts'
import { refused } from '../harness/refused.ts'

const inspected = (files: Readonly<Record<string, string>>) =>
  inspect(
    { model: 'churn', version: '1.0.0' },
    Object.entries(files).map(([path, text]) => ({ path, size: text.length })),
    async (path) => {
      const text = files[path]
      return text === undefined ? undefined : new TextEncoder().encode(text)
    },
  )
const signature = 'signature: {inputs: [{name: age, type: float64}], outputs: [{name: risk, type: float64}]}'

describe('a release for the container runtime', () => {
  test('may be a Dockerfile, and then says nothing of what it takes', async () => {
    const found = await inspected({ Dockerfile: 'FROM scratch', 'main.go': '' })
    expect(found).toMatchObject({
      manifest: { runtime: 'container' },
      layout: 'dockerfile',
      signatureOrigin: 'none',
      found:
        'there is a Dockerfile; its server is asked at port 8080 by POST /invocations, ready when GET /ping says 200',
    })
    expect(found).not.toHaveProperty('signature')
    expect(found).not.toHaveProperty('requirements')
  })

  test('may be an image by its name alone, and has the signature that is written', async () => {
    const found = await inspected({ 'model.yaml': `image: ghcr.io/a/churn:1\n${signature}` })
    expect(found).toMatchObject({
      layout: 'image',
      entry: 'model.yaml',
      signatureOrigin: 'written',
      signature: { inputs: [{ name: 'age' }] },
      found: expect.stringMatching(/^model\.yaml names the image ghcr\.io\/a\/churn:1; /),
    })
  })

  test('tells where its server is asked', async () => {
    const { found } = await inspected({
      Dockerfile: '',
      'model.yaml':
        'container: {server_port: 5000, predict_endpoint: /predictions, readiness_endpoint: /health-check}',
    })
    expect(found).toMatch(/port 5000 by POST \/predictions, ready when GET \/health-check says 200$/)
  })

  test('whose host asks elsewhere is refused at once, by the fields', async () => {
    const { code, errors } = await refused(
      inspected({
        'model.yaml': 'image: churn:1\nhost: {kind: sagemaker-serverless}\ncontainer: {serverPort: 5000}',
      }),
    )
    expect([code, errors.map(({ pointer }) => pointer)]).toEqual(['host-unable', ['/container/serverPort']])
  })

  test('does not mix with another', async () => {
    const { code, errors } = await refused(
      inspected({ 'predict.py': '', 'model.yaml': `container: {serverPort: 80}\n${signature}` }),
    )
    expect(code).toBe('manifest-invalid')
    expect(errors).toMatchObject([{ pointer: '/container', allowed: "nothing: the runtime is 'python'" }])
  })
})
