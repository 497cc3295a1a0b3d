import { expect, test } from '@jest/globals'
import { LayeredImages } from '../../lambdas/aws/layered-images.ts'
import { refused } from '../harness/refused.ts'

const unasked = () => Promise.reject(new Error('nobody is to be asked'))

test('a runtime without an image on AWS is refused, with what to do, before anything is asked for', async () => {
  const images = new LayeredImages(
    { access: unasked, host: unasked, remove: unasked, repositoryPrefix: 'sluice/' },
    { request: unasked },
    () => undefined,
    unasked,
  )
  const pack = images.pack({
    model: 'churn',
    version: '1.0.0',
    runtime: 'python',
    architecture: 'arm64',
    digest: 'sha256:00',
    files: [],
    signature: { inputs: [], outputs: [] },
    entry: 'model.joblib',
    requirements: 'scikit-learn==1.9.1',
  })
  const { code, message } = await refused(pack)
  expect([code, message]).toEqual([
    'host-unable',
    'the python runtime is served on the laptop today; on AWS there is no image of it yet: release this model on the laptop, or as ONNX',
  ])
})

test('an image is removed from its repository by its digest, and none of another platform is', async () => {
  const removed: string[] = []
  const registry = {
    access: unasked,
    host: unasked,
    remove: async (repository: string, digest: string) => {
      removed.push(`${repository} ${digest}`)
    },
    repositoryPrefix: 'sluice/',
  }
  const images = new LayeredImages(registry, { request: unasked }, () => undefined, unasked)
  const image = (repository: string) => ({
    digest: 'sha256:00',
    uri: `1.dkr.ecr.eu-west-1.amazonaws.com/${repository}@sha256:00`,
  })
  await images.remove(image('sluice/onnx'))
  expect(removed).toEqual(['sluice/onnx sha256:00'])
  await expect(images.remove(image('other/onnx'))).rejects.toThrow('in no repository of this platform')
  expect(removed).toHaveLength(1)
})
