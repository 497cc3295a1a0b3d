import { setTimeout as pause } from 'node:timers/promises'
import {
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { expect, test } from '@jest/globals'
import { malformed, targets } from '../doors/targets.ts'
import { DeployedPlatform } from '../harness/deployed/deployed-platform.ts'
import type { Door } from '../harness/deployed/place.ts'
import { oneRow } from '../harness/deployed/travels.ts'
import { callableModel } from './doors.ts'
import { ask, valuesOf } from './query-api.ts'
import { testOnAws, type Visited } from './visited.ts'

/** Who is let in, and what a gateway makes of a path; after `doorJourney`. */
export function closedCases(visited: Visited, doors: readonly Door[]): void {
  const { visit, findings, here, outputsOf } = visited
  const strangers = {
    'nobody at all': {},
    'an unknown key': { authorization: `Bearer sluice_${'0'.repeat(16)}_${'0'.repeat(49)}` },
    'somebody else’s scheme': { authorization: 'Basic YTpi' },
  }

  test.each(doors)(
    'what strangers are answered behind $gateway, where callers have $callers',
    async (door) => {
      const { platform } = here(door.stack)
      for (const [who, headers] of Object.entries(strangers))
        for (const [method, path] of [
          ['POST', '/models/iris/invocations'],
          ['GET', '/models'],
          ['GET', '/keys'],
        ] as const) {
          // The emulator lets in whoever shows IAM a header: it verifies none.
          const isIam = door.callers === 'iam' || path === '/keys'
          if (visit.isEmulated && isIam && 'authorization' in headers) continue
          const { status, headers: said, body } = await platform.send(method, path, headers)
          expect([401, 403]).toContain(status)
          findings.add(
            `${door.gateway}, ${door.callers}: ${method} ${path} by ${who}`,
            `${status} ${said['content-type'] ?? ''} ${said['www-authenticate'] ?? ''} ${body.slice(0, 120)}`,
          )
        }
    },
  )

  const withKeys = doors.filter(({ callers }) => callers === 'keys')
  if (withKeys.length > 0)
    test.each(withKeys)('what a key without the scope is answered behind $gateway', async (door) => {
      const { platform } = here(door.stack)
      const asked = { name: 'narrow', scopes: [`invoke:${callableModel}`] }
      const made = await platform.call('POST', '/keys', asked)
      expect(made.status).toBe(201)
      const authorization = `Bearer ${JSON.parse(made.body).key}`
      const sent = { authorization, 'content-type': 'application/json' }
      const body = JSON.stringify(oneRow)
      const good = await platform.send('POST', `/models/${callableModel}/invocations`, sent, body)
      expect(good.status).toBe(200)
      const other = await platform.send('POST', '/models/another/invocations', sent, body)
      findings.add(`${door.gateway}: a key without the scope`, `${other.status} ${other.body.slice(0, 120)}`)
      expect(other.status).toBe(403)
    })

  for (const door of doors)
    testOnAws(
      visited,
      `no malformed path of test/doors is answered by a model behind ${door.gateway}, ${door.callers}`,
      'decodes paths as no gateway of AWS does',
      async () => {
        const { platform } = here(door.stack)
        const otherwise: string[] = []
        const bad = targets.filter(([, outcome, but]) => outcome === malformed && but === undefined)
        for (const [target] of bad) {
          const { status, body } = await platform
            .call('POST', target.replaceAll('churn', 'iris'), oneRow)
            .catch((error: unknown) => ({ status: 0, body: String(error) }))
          if (status !== 400) otherwise.push(`${status} ${target} ${body.slice(0, 40)}`)
        }
        findings.add(
          `${door.gateway}, ${door.callers}: of ${bad.length} malformed paths, answered otherwise than by our 400`,
          otherwise,
        )
        expect(otherwise.filter((line) => line.startsWith('200'))).toEqual([])
      },
    )

  const [iam] = doors.filter(({ callers }) => callers === 'iam')
  if (iam !== undefined)
    testOnAws(
      visited,
      `the role with grantInvoke calls ${callableModel} and nothing else`,
      'verifies no signature',
      async () => {
        const { platform } = here(iam.stack)
        const { CallerRole = '' } = outputsOf(iam.stack)
        const xml = await ask(platform.place, 'sts', {
          Action: 'AssumeRole',
          RoleArn: CallerRole,
          RoleSessionName: 'sluice-first-account',
        })
        const [[accessKeyId = ''], [secretAccessKey = ''], [sessionToken = '']] = [
          valuesOf(xml, 'AccessKeyId'),
          valuesOf(xml, 'SecretAccessKey'),
          valuesOf(xml, 'SessionToken'),
        ] as const
        const client = {
          ...platform.place.client,
          credentials: { accessKeyId, secretAccessKey, sessionToken },
        }
        const as = await DeployedPlatform.open(
          { ...platform.place, client, prepareStore: async () => {} },
          iam,
          outputsOf(iam.stack),
        )
        // Rights of a new role arrive late.
        await pause(10_000)
        const statusOf = async (method: string, path: string, body?: unknown) =>
          (await as.call(method, path, body)).status
        expect(await statusOf('POST', `/models/${callableModel}/invocations`, oneRow)).toBe(200)
        const refused = [
          ['POST', '/models/another/invocations'],
          ['GET', '/models'],
          ['GET', `/models/${callableModel}/history`],
          ['POST', `/models/${callableModel}/promotions`],
          ['POST', `/models/${callableModel}/rollbacks`],
          ['GET', '/keys'],
        ] as const
        for (const [method, path] of refused)
          expect([path, await statusOf(method, path, method === 'POST' ? {} : undefined)]).toEqual([
            path,
            403,
          ])
        findings.add(
          'IAM',
          `the role called ${callableModel}, and was refused ${refused.length} other requests`,
        )
      },
    )

  test('records are locked: they cannot be deleted by who may delete objects', async () => {
    const { platform } = here()
    const client = new S3Client({ ...platform.place.client, forcePathStyle: true })
    const Bucket = platform.bucket
    const { Versions = [] } = await client.send(
      new ListObjectVersionsCommand({ Bucket, Prefix: `records/${callableModel}/` }),
    )
    expect(Versions.length).toBeGreaterThan(8)
    const [{ Key, VersionId } = {}] = Versions
    const head = await client.send(new HeadObjectCommand({ Bucket, Key, VersionId }))
    findings.add(
      'a record is locked',
      `${head.ObjectLockMode} until ${head.ObjectLockRetainUntilDate?.toISOString()}`,
    )
    expect(head.ObjectLockMode).toBe('GOVERNANCE')
    await expect(client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }))).rejects.toMatchObject({
      name: 'AccessDenied',
    })
    client.destroy()
  })
}
