import { describe, expect, test } from '@jest/globals'
import {
  dependencyTag,
  described,
  imageTag,
  isImageOf,
  mediaTypes,
  withLayer,
} from '../../lib/rules/image-layers.ts'

const digest = (of: string) => described(of).digest
const base = {
  schemaVersion: 2,
  mediaType: mediaTypes.manifest,
  config: { mediaType: mediaTypes.config, size: 10, digest: digest('config') },
  layers: [{ mediaType: mediaTypes.layer, size: 20, digest: digest('runtime') }],
}
const config = {
  architecture: 'arm64',
  created: '2026-01-01T00:00:00Z',
  config: { Env: ['PORT=8080'], Labels: { own: 'kept' } },
  rootfs: { type: 'layers', diff_ids: [digest('runtime tar')] },
  history: [{ created_by: 'COPY' }],
}
const layer = { digest: digest('model'), size: 30, diffId: digest('model tar') }
const of = { model: 'churn', version: '1.4.0', artifact: digest('artifact') }

describe('an image with a layer more', () => {
  const made = withLayer(base, config, layer, of)
  const manifest = JSON.parse(made.manifest)
  const after = JSON.parse(made.config)

  test('has the layers below it, and then its own, in manifest and configuration alike', () => {
    expect(manifest.layers).toEqual([
      ...base.layers,
      { mediaType: mediaTypes.layer, size: 30, digest: layer.digest },
    ])
    expect(after.rootfs.diff_ids).toEqual([digest('runtime tar'), layer.diffId])
    expect(after.history).toHaveLength(2)
  })

  test('names its configuration by size and digest', () => {
    expect(manifest.config).toEqual({ mediaType: mediaTypes.config, ...described(made.config) })
    expect(described('ä')).toEqual({ size: 2, digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) })
  })

  test('is of Docker v2 schema 2', () => {
    expect(manifest).toMatchObject({ schemaVersion: 2, mediaType: mediaTypes.manifest })
  })

  test('keeps what else the image says, and is labelled as the version', () => {
    expect(after).toMatchObject({
      architecture: 'arm64',
      created: config.created,
      config: { Env: ['PORT=8080'] },
    })
    expect(after.config.Labels).toEqual({
      own: 'kept',
      'sluice.version': 'churn@1.4.0',
      'sluice.artifact': of.artifact,
    })
  })

  test('is the same of the same, and another of another version of the same bytes', () => {
    expect(withLayer(base, config, layer, of)).toEqual(made)
    expect(withLayer(base, config, layer, { ...of, version: '1.4.1' }).manifest).not.toBe(made.manifest)
  })

  test('can be made of an image that says little', () => {
    const little = withLayer(base, { rootfs: config.rootfs }, layer, of)
    expect(JSON.parse(little.config).history).toHaveLength(1)
  })

  test('is recognised as the version’s, and nothing else is', () => {
    const found = { manifest, config: after }
    expect(isImageOf(found, base, of)).toBe(true)
    expect(isImageOf(found, base, { ...of, artifact: digest('other') })).toBe(false)
    expect(isImageOf(found, base, { ...of, version: '1.4.1' })).toBe(false)
    expect(isImageOf({ ...found, config: { ...after, config: {} } }, base, of)).toBe(false)
    expect(isImageOf(found, { ...base, layers: [] }, of)).toBe(false)
    const other = {
      ...base,
      layers: [{ ...base.layers[0], digest: digest('another runtime') }],
    } as typeof base
    expect(isImageOf(found, other, of)).toBe(false)
  })
})

describe('a tag', () => {
  test('tells versions and what they are made of apart', () => {
    const tags = [
      imageTag(of, digest('runtime')),
      imageTag({ ...of, version: '1.4.1' }, digest('runtime')),
      imageTag({ ...of, model: 'churn-1' }, digest('runtime')),
      imageTag({ ...of, artifact: digest('other') }, digest('runtime')),
      imageTag(of, digest('another runtime')),
    ]
    expect(new Set(tags).size).toBe(tags.length)
    for (const tag of tags) expect(tag).toMatch(/^[a-z0-9_][a-zA-Z0-9._-]{0,127}$/)
  })

  test('of the longest model and version is one that registries take', () => {
    const longest = { ...of, model: 'm'.repeat(40), version: `1.0.0-${'r'.repeat(26)}` }
    expect(imageTag(longest, digest('runtime')).length).toBeLessThanOrEqual(128)
  })

  test('of a dependency image is its key', () => {
    expect(dependencyTag('0a1b')).toBe('deps-0a1b')
  })
})
