import { describe, expect, test } from '@jest/globals'
import { serverImage } from '../../../lib/rules/container/server-image.ts'
import { type ImageConfig, mediaTypes } from '../../../lib/rules/image-layers.ts'

const layer = (name: string) => ({ mediaType: mediaTypes.layer, size: 1, digest: `sha256:${name}` })
const config = { mediaType: mediaTypes.config, size: 1, digest: 'sha256:config' }
const adapter = {
  manifest: { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [layer('adapter')] },
  config: { rootfs: { type: 'layers', diff_ids: ['sha256:adapter tar'] } },
}
const from = '1.dkr.ecr.eu-west-1.amazonaws.com/sluice/images/churn@sha256:source'

function laid(own: ImageConfig['config'] = {}, fields: Parameters<typeof serverImage>[2] = undefined) {
  const rootfs = { type: 'layers', diff_ids: ['sha256:own tar'] }
  const settings = { os: 'linux', config: own, rootfs, history: [{ created_by: 'COPY' }] }
  return serverImage({ config, layers: [layer('own')], settings }, adapter, fields, from)
}
const environmentOf = (...parts: Parameters<typeof laid>) => laid(...parts).config.config?.Env ?? []

describe('a server of somebody else', () => {
  test('gets the adapter as a layer on top of its own, and says which image it was', () => {
    const { manifest, config: made } = laid({ Labels: { mine: 'yes' } })
    expect(manifest.layers).toEqual([layer('own'), layer('adapter')])
    expect(made.rootfs.diff_ids).toEqual(['sha256:own tar', 'sha256:adapter tar'])
    expect(made.history).toHaveLength(2)
    expect(made.config?.Labels).toEqual({ mine: 'yes', 'sluice.image': from })
    expect(made.os).toBe('linux')
  })

  test('is started as its image says, else as its manifest says, else as SageMaker would', () => {
    const own = { Entrypoint: ['/server'], Cmd: ['--fast'] }
    expect(laid(own).config.config).toMatchObject(own)
    expect(laid({ Cmd: ['/server'] }).config.config).toMatchObject({ Cmd: ['/server'] })
    expect(laid(own, { startCommand: ['sh', '-c', 'run it'] }).config.config).toMatchObject({
      Entrypoint: ['sh', '-c', 'run it'],
      Cmd: [],
    })
    expect(laid({ Entrypoint: null, Cmd: null }).config.config).toMatchObject({ Cmd: ['serve'] })
  })

  test('is asked where the contract says, and ready when it says 2xx', () => {
    expect(environmentOf()).toEqual([
      'MODEL_DIR=/opt/sluice/model',
      'VERSION_FILE=/opt/sluice/version.json',
      'PORT=8080',
      'AWS_LWA_HOST=127.0.0.1',
      'AWS_LWA_PORT=8080',
      'AWS_LWA_READINESS_CHECK_PORT=8080',
      'AWS_LWA_READINESS_CHECK_PATH=/ping',
      'AWS_LWA_READINESS_CHECK_MIN_UNHEALTHY_STATUS=300',
      'AWS_LWA_ASYNC_INIT=true',
    ])
  })

  test('is asked where its manifest says, whatever its image told another adapter', () => {
    const lines = environmentOf(
      {
        Env: [
          'PATH=/bin',
          'PORT=3000',
          'AWS_LWA_INVOKE_MODE=response_stream',
          'READINESS_CHECK_PATH=/',
          'REMOVE_BASE_PATH=/v1',
          'PORTS=1',
        ],
      },
      { serverPort: 5000, readinessEndpoint: '/health-check' },
    )
    expect(lines.slice(0, 2)).toEqual(['PATH=/bin', 'PORTS=1'])
    expect(lines).toEqual(
      expect.arrayContaining([
        'PORT=5000',
        'AWS_LWA_PORT=5000',
        'AWS_LWA_READINESS_CHECK_PATH=/health-check',
      ]),
    )
    expect(lines.filter((line) => /INVOKE_MODE|REMOVE_BASE|=3000/.test(line))).toEqual([])
    expect(new Set(lines.map((line) => line.split('=')[0])).size).toBe(lines.length)
  })

  test('is another image when it is told something else, and the same when not', () => {
    expect(laid().digest).toBe(laid().digest)
    expect(laid({}, { startCommand: ['/other'] }).digest).not.toBe(laid().digest)
    expect(laid({}, { readinessEndpoint: '/ready' }).digest).not.toBe(laid().digest)
  })
})
