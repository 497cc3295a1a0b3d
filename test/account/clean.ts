import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation'
import {
  paginateGetResources,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api'
import { DeleteObjectsCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3'
import { cdk } from '../harness/deployed/cdk.ts'
import type { Door, Place } from '../harness/deployed/place.ts'
import { consentTo } from './consent.ts'
import { doorsOf, visitTag, visitVariable } from './doors.ts'

const sluice = join(import.meta.dirname, '..', '..', 'bin', 'sluice.js')

/**
 * Take away everything that a visit made, as an engineer would: what releases made, what lies in the stores, the stacks.
 * A step that fails does not stop the others. @returns what is left, as sentences
 */
export async function clean(place: Place, visit: string): Promise<readonly string[]> {
  const left: string[] = []
  const tried = async (what: string, work: () => Promise<unknown>) => {
    try {
      await work()
    } catch (error) {
      left.push(`${what}: ${String(error)}`)
    }
  }
  const stacks = new CloudFormationClient(place.client)
  const doors = []
  for (const door of doorsOf(visit)) if (await isThere(stacks, door.stack)) doors.push(door)
  for (const { platformName } of doors)
    await tried(`teardown of ${platformName}`, async () => {
      for (const line of await tornDown(place, platformName)) left.push(`teardown: ${line}`)
    })
  for (const door of doors)
    await tried(`the store of ${door.platformName}`, () => emptyStores(place, stacks, door))
  await tried('cdk destroy', () =>
    cdk(
      { ...place.environment, [visitVariable]: visit, SLUICE_ACCOUNT_DOORS: '' },
      'test/account/app.ts',
      'destroy',
      '--all',
      '--force',
    ),
  )
  for (const { stack } of doors)
    await tried(`stack ${stack}`, async () => {
      if (await isThere(stacks, stack)) throw new Error('it is still there')
    })
  stacks.destroy()
  await tried('the index of tags', async () => left.push(...(await tagged(place, visit))))
  return left
}

/** `sluice teardown --apply`, as an engineer says it. @returns what it says is left, or could not be looked at */
async function tornDown(place: Place, name: string): Promise<readonly string[]> {
  const args = [sluice, '--json', 'teardown', '--platform-name', name, '--apply', '--yes', name]
  const options = { env: { ...process.env, ...place.environment } }
  const said = await promisify(execFile)(process.execPath, args, options).catch(
    (error: { readonly stdout?: string }) => error,
  )
  const { left, unseen, removed } = JSON.parse(said.stdout ?? '') as {
    readonly left: readonly { readonly name: string; readonly reason: string }[]
    readonly unseen: readonly string[]
    readonly removed: readonly unknown[]
  }
  process.stderr.write(`teardown of ${name}: ${removed.length} taken away, ${left.length} left\n`)
  const missing = unseen.filter((what) => place.lacks?.test(what) !== true)
  return [...left.map(({ name: one, reason }) => `${one}: ${reason}`), ...missing]
}

/** Every bucket of a stack, its locked records too: they are locked against mistakes, and these are to go. */
async function emptyStores(place: Place, stacks: CloudFormationClient, { stack }: Door): Promise<void> {
  const s3 = new S3Client({ ...place.client, forcePathStyle: true })
  const pages = paginateListStackResources({ client: stacks }, { StackName: stack })
  for await (const { StackResourceSummaries = [] } of pages)
    for (const { ResourceType, PhysicalResourceId: Bucket } of StackResourceSummaries)
      if (ResourceType === 'AWS::S3::Bucket' && Bucket !== undefined) await empty(s3, Bucket)
  s3.destroy()
}

async function empty(s3: S3Client, Bucket: string): Promise<void> {
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }))
    const found = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }))
    if (found.length === 0) return
    const { Errors = [] } = await s3.send(
      new DeleteObjectsCommand({
        Bucket,
        BypassGovernanceRetention: true,
        Delete: { Objects: found.slice(0, 1000), Quiet: true },
      }),
    )
    const [first] = Errors
    if (first !== undefined) throw new Error(`${Bucket}/${first.Key}: ${first.Message}`)
  }
}

async function isThere(stacks: CloudFormationClient, StackName: string): Promise<boolean> {
  try {
    const { Stacks = [] } = await stacks.send(new DescribeStacksCommand({ StackName }))
    return Stacks.some(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE')
  } catch (error) {
    if (/does not exist/.test(String(error))) return false
    throw error
  }
}

/** The index learns late of what has gone: what it names may be gone already. */
async function tagged({ client }: Place, visit: string): Promise<string[]> {
  const tagging = new ResourceGroupsTaggingAPIClient(client)
  const filters = [
    { Key: visitTag, Values: [visit] },
    { Key: 'sluice:platform', Values: doorsOf(visit).map(({ platformName }) => platformName) },
  ]
  const found = new Set<string>()
  for (const filter of filters)
    for await (const { ResourceTagMappingList = [] } of paginateGetResources(
      { client: tagging },
      { TagFilters: [filter] },
    ))
      for (const { ResourceARN = '' } of ResourceTagMappingList) found.add(ResourceARN)
  tagging.destroy()
  return [...found].map((arn) => `the index of tags still names ${arn}`)
}

/** What a person has to look at after a visit: it belongs to the account, and no stack made it. */
export const stays = [
  'the CDK bootstrap stack and what was published into its bucket (npx cdk gc takes unused assets away)',
  'log groups /aws/sagemaker/Endpoints/acct…, which SageMaker makes and keeps',
] as const

if (import.meta.main) {
  const [visit = ''] = process.argv.slice(2)
  if (!/^acct[a-z0-9]{4}$/.test(visit)) throw new Error(`say which visit: acct and four more, not '${visit}'`)
  const consent = await consentTo(process.env)
  if ('refused' in consent) throw new Error(consent.refused)
  const left = await clean(consent.place, visit)
  console.log(left.length === 0 ? `nothing of ${visit} is left` : left.join('\n'))
  process.exitCode = left.length === 0 ? 0 : 1
}
