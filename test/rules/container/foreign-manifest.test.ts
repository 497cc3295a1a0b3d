import { describe, expect, test } from '@jest/globals'
import { foreignTypes, readForeign, refuseUnfit } from '../../../lib/rules/container/foreign-manifest.ts'
import { mediaTypes } from '../../../lib/rules/image-layers.ts'
import { refusal } from '../refusal.ts'

const oci = 'application/vnd.oci.image'
const digest = (digit: string) => `sha256:${digit.repeat(64)}`
const blob = (mediaType: string, digit: string, size = 10) => ({ mediaType, size, digest: digest(digit) })
const image = (manifest: string, config: string, ...layers: readonly object[]) => ({
  schemaVersion: 2,
  mediaType: manifest,
  config: blob(config, 'c'),
  layers,
})
const list = (mediaType: string, ...platforms: readonly object[]) => ({
  schemaVersion: 2,
  mediaType,
  manifests: platforms.map((platform, i) => ({ ...blob(mediaTypes.manifest, `${i}`), platform })),
})
const linux = (architecture: string, variant?: string) => ({
  os: 'linux',
  architecture,
  ...(variant !== undefined && { variant }),
})
const read = (document: object, type = '', architecture: 'arm64' | 'x86_64' = 'arm64') =>
  readForeign(document, type, architecture, 'the image team/churn:1')
const said = (document: object, type = '') => {
  const { code, message } = refusal(() => read(document, type))
  expect(code).toBe('image-unavailable')
  return message
}

describe('an image of somebody else', () => {
  const served = {
    config: { mediaType: mediaTypes.config, size: 10, digest: digest('c') },
    layers: [{ mediaType: mediaTypes.layer, size: 10, digest: digest('a') }],
  }

  test('of Docker is what it is', () => {
    const docker = image(mediaTypes.manifest, mediaTypes.config, blob(mediaTypes.layer, 'a'))
    expect(read(docker)).toEqual(served)
  })

  test('of OCI is the same in the words of Docker, also where only the registry says what it is', () => {
    const ours = image(
      `${oci}.manifest.v1+json`,
      `${oci}.config.v1+json`,
      blob(`${oci}.layer.v1.tar+gzip`, 'a'),
    )
    expect(read(ours)).toEqual(served)
    const { mediaType, ...unsaid } = ours
    expect(read(unsaid, mediaType)).toEqual(served)
  })

  test.each([
    ['OCI', `${oci}.index.v1+json`],
    ['Docker', 'application/vnd.docker.distribution.manifest.list.v2+json'],
  ])('in a list of %s is the one for the processor', (_, type) => {
    const many = list(type, linux('amd64'), { os: 'unknown', architecture: 'unknown' }, linux('arm64', 'v8'))
    expect(read(many)).toEqual({ digest: digest('2') })
    expect(read(many, '', 'x86_64')).toEqual({ digest: digest('0') })
  })

  test('that is there for several kinds of one processor is the plain one', () => {
    const many = list(`${oci}.index.v1+json`, linux('amd64', 'v3'), linux('amd64'))
    expect(read(many, '', 'x86_64')).toEqual({ digest: digest('1') })
  })

  test('that there is none of for the processor is refused with what there is, and the field', () => {
    const windows = { os: 'windows', architecture: 'amd64' }
    expect(said(list(`${oci}.index.v1+json`, linux('amd64'), windows))).toBe(
      'the image team/churn:1 is for linux/amd64 and windows/amd64, and the version runs on linux/arm64 (host.architecture): ' +
        'say `host: {architecture: x86_64}` in model.yaml, or push one for linux/arm64',
    )
    expect(said(list(`${oci}.index.v1+json`))).toMatch(
      /is for no processor that it names, .* push one for linux\/arm64$/,
    )
  })

  test.each([
    ['zstd', `${oci}.layer.v1.tar+zstd`],
    ['nothing', `${oci}.layer.v1.tar`],
    ['a machine of Windows', 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'],
  ])('whose layer is of %s is refused, with the line that makes it gzip', (_, type) => {
    expect(said(image(`${oci}.manifest.v1+json`, `${oci}.config.v1+json`, blob(type, 'a')))).toMatch(
      new RegExp(`has a layer of the kind '${type.replaceAll(/[.+]/g, '\\$&')}'.*compression=gzip`),
    )
  })

  test('of the first schema, and what is no image at all, is refused by its kind', () => {
    const old = 'application/vnd.docker.distribution.manifest.v1+prettyjws'
    expect(said({ schemaVersion: 1 }, old)).toMatch(
      /is of the kind 'application\/vnd\.docker\.distribution\.manifest\.v1/,
    )
    expect(foreignTypes).not.toContain('v1+prettyjws')
  })

  test.each([
    ['no layers', { layers: undefined }],
    ['a layer without a size', { layers: [{ mediaType: mediaTypes.layer, digest: digest('a') }] }],
    ['a digest that is a path', { config: { ...blob(mediaTypes.config, 'c'), digest: '../../other' } }],
  ])('with %s is refused', (_, broken) => {
    expect(said({ ...image(mediaTypes.manifest, mediaTypes.config), ...broken })).toMatch(/cannot be read/)
  })

  test('that is larger, or higher, than Lambda takes is refused', () => {
    const layers = (count: number, size: number) =>
      Array.from({ length: count }, () => blob(mediaTypes.layer, 'a', size))
    const of = (count: number, size: number) =>
      image(mediaTypes.manifest, mediaTypes.config, ...layers(count, size))
    expect(said(of(3, 4 * 1024 ** 3))).toMatch(/has 12\.0 GB; allowed are 10/)
    expect(said(of(126, 1))).toMatch(/has 126 layers; allowed are 125/)
    expect(read(of(125, 1))).toHaveProperty('layers')
  })
})

describe('the configuration of an image', () => {
  const { config, layers } = {
    config: blob(mediaTypes.config, 'c'),
    layers: [blob(mediaTypes.layer, 'a')],
  }
  const rootfs = { type: 'layers', diff_ids: [digest('d')] }
  const refusedFor = (settings: object) =>
    refusal(() => refuseUnfit({ rootfs, ...settings }, { config, layers }, 'x86_64', 'the image a:1')).message

  test('must be of the processor, and of Linux', () => {
    refuseUnfit({ rootfs, os: 'linux', architecture: 'amd64' }, { config, layers }, 'x86_64', 'the image a:1')
    expect(refusedFor({ os: 'linux', architecture: 'arm64' })).toMatch(
      /^the image a:1 is for linux\/arm64, .* say `host: \{architecture: arm64\}`/,
    )
    expect(refusedFor({ os: 'windows', architecture: 'amd64' })).toMatch(
      /is for windows\/amd64, .*: push one/,
    )
    expect(refusedFor({})).toMatch(/is for no processor that it names/)
  })

  test('must have as many layers as its manifest', () => {
    const two = { ...rootfs, diff_ids: [digest('d'), digest('e')] }
    expect(refusedFor({ os: 'linux', architecture: 'amd64', rootfs: two })).toMatch(/does not fit its layers/)
  })
})
