import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { sluiceRun } from '../cli/command.ts'
import { echoModel } from '../harness/onnx-models.ts'
import { Repository, type Workflow } from './ci-runner.ts'
import { Stage } from './stage.ts'

let stage: Stage
let repository: Repository
beforeAll(async () => {
  stage = await Stage.open()
  repository = await Repository.open()
  const written = await sluiceRun(['init', 'ci', '--json', '--platform', stage.url], {
    cwd: repository.folder,
  })
  expect([written.code, written.json['path']]).toEqual([0, '.github/workflows/sluice.yml'])
}, 60_000)
afterAll(async () => {
  await repository.close()
  await stage.close()
})

const nowhere = '0'.repeat(40)
/** It waits for its tag, and then takes all traffic at once. */
const readyOnly = 'release: {alias: none, rollout: {kind: all-at-once}}\n'
const model = (name: string, version: string, ...inputs: readonly string[]) => ({
  'model.yaml': `model: ${name}\nversion: ${version}\n${version === '2.0.0' ? readyOnly : ''}`,
  'model.onnx': echoModel(...inputs.map((input) => ({ name: input, type: 'float32' }) as const)),
})
const under = (folder: string, files: Readonly<Record<string, string | Uint8Array>>) =>
  Object.fromEntries(Object.entries(files).map(([path, content]) => [`models/${folder}/${path}`, content]))
const pullRequest = (before: string, after: string) => ({
  'github.event.pull_request.base.sha': before,
  'github.sha': after,
})
const merge = (before: string, after: string) => ({ 'github.event.before': before, 'github.sha': after })

/** A name that would do harm wherever it were read as code, or ended where it does not end. */
const hostile = '-rf $(touch PWNED) `touch PWNED`; touch PWNED\n"\' \u0024{{ github.token }} *'

async function nothingWasTouched(): Promise<void> {
  const found = await readdir(repository.folder, { recursive: true })
  expect(found.filter((path) => path.endsWith('PWNED'))).toEqual([])
}

describe('the workflow', () => {
  let first: string
  let second: string

  test('pushes every model of the first push, whatever its folder is called', async () => {
    first = await repository.commit({
      ...under('churn', model('churn', '1.0.0', 'a')),
      ...under(hostile, model('hostile', '1.0.0', 'a')),
      'models/readme.md': 'no model',
      'other/model.yaml': 'model: elsewhere\nversion: 1.0.0\n',
    })
    const { code, output } = await repository.run('push', merge(nowhere, first))
    expect([code, output]).toEqual([0, expect.stringContaining('models that changed: 2')])
    for (const name of ['churn', 'hostile']) await stage.serves(name, '1.0.0')
    expect((await stage.client.models()).map((one) => one.model).toSorted()).toEqual(['churn', 'hostile'])
    await nothingWasTouched()
  }, 60_000)

  test('checks a pull request, and says of a change that breaks callers what it breaks', async () => {
    await repository.git('switch', '--quiet', '--create', 'change')
    second = await repository.commit(under('churn', model('churn', '1.1.0', 'a', 'b')))
    const check = await repository.run('check', pullRequest(first, second))
    expect([check.code, check.output]).toEqual([0, expect.stringContaining('models that changed: 1')])
    const { code, outputs } = await repository.run('compare', pullRequest(first, second))
    expect(code).toBe(2)
    expect(outputs['comment']).toMatch(/^<!-- sluice: .* -->\n\n### ❌ <code>churn 1\.1\.0<\/code>\n/)
    expect(outputs['comment']).toContain('| **breaks** | input added |')
  }, 60_000)

  test('writes one comment, and writes over it', async () => {
    const stranger = { id: 7, user: { login: 'eve' }, body: '<!-- sluice: what changes for callers --> mine' }
    await repository.setComments([stranger])
    const { outputs } = await repository.run('compare', pullRequest(first, second))
    const say = (comment: string) =>
      repository.run('comment', {
        'github.token': 'job-token',
        'github.repository': 'acme/models',
        'github.event.pull_request.number': '12',
        'needs.compare.outputs.comment': comment,
      })
    expect((await say(outputs['comment'] ?? '')).code).toBe(0)
    expect(await repository.comments()).toEqual([
      stranger,
      expect.objectContaining({ id: 101, body: outputs['comment'] }),
    ])
    const anew = `${outputs['comment']}\n$(touch PWNED)`
    expect((await say(anew)).code).toBe(0)
    expect(await repository.comments()).toEqual([stranger, expect.objectContaining({ id: 101, body: anew })])
    await nothingWasTouched()
  }, 60_000)

  test('refuses a model that is none, and goes on with the others', async () => {
    const third = await repository.commit({
      ...under('a-bad', { 'model.yaml': 'model: bad\nversion: 1.0.0\nnonsense: 1\n', 'model.onnx': 'x' }),
      ...under('churn', model('churn', '2.0.0', 'a', 'b')),
    })
    const { code, output } = await repository.run('check', pullRequest(first, third))
    expect(code).toBe(1)
    expect(output).toContain("unknown key 'nonsense'")
    expect(output).toContain('churn 2.0.0 is a model')
    await repository.git('rm', '-r', '--quiet', 'models/a-bad')
    const fourth = await repository.commit({})
    expect((await repository.run('compare', pullRequest(first, fourth))).code).toBe(0)
    const pushed = await repository.run('push', merge(first, fourth))
    expect([pushed.code, pushed.output]).toEqual([0, expect.stringContaining('models that changed: 1')])
    expect((await stage.client.version('churn', '2.0.0')).state).toBe('READY')
  }, 60_000)

  const tag = (name: string) => ({ 'github.ref_name': name, 'github.actor': 'ana' })

  test('promotes a tag, and the history says which and by whom', async () => {
    const { code, output } = await repository.run('promote', tag('churn@2.0.0'))
    expect([code, output]).toEqual([0, expect.stringContaining('succeeded')])
    await stage.serves('churn', '2.0.0')
    const [entry] = (await stage.client.history('churn')).slice(-1)
    expect(entry).toMatchObject({ kind: 'promoted', reason: 'tag churn@2.0.0, pushed by ana' })
    expect((await repository.run('promote', tag('hostile/v1.0.0'))).output).toContain('already')
  }, 60_000)

  test.each([
    '$(touch\u0024{IFS}PWNED)@1.0.0',
    'churn@1.0.0;touch PWNED',
    'churn@',
    '@1.0.0',
    '--json@1.0.0',
    'churn@1.0.0\nx',
    'a/b/v1.0.0',
  ])(
    'does nothing for the tag %j',
    async (name) => {
      const before = await stage.client.history('churn')
      const { code, output } = await repository.run('promote', tag(name))
      expect([code, output]).toEqual([1, expect.stringMatching(/names no version/)])
      expect(await stage.client.history('churn')).toEqual(before)
      await nothingWasTouched()
    },
    60_000,
  )
})

describe('what is written', () => {
  const deployed = ['--platform', 'https://abc.execute-api.eu-central-1.amazonaws.com']
  const role = ['--role', 'arn:aws:iam::111122223333:role/ci']
  const init = (...args: string[]) => sluiceRun(['init', 'ci', ...args], { cwd: repository.folder })

  test('gives each job the rights that it needs, and no other', async () => {
    const { json } = await init(...deployed, ...role, '--dry-run', '--json')
    expect(json['written']).toBe(false)
    const workflow = (await import('yaml')).parse(String(json['text'])) as Workflow
    expect(workflow.permissions).toEqual({})
    expect(Object.keys(workflow.on).toSorted()).toEqual(['pull_request', 'push'])
    expect(
      Object.fromEntries(Object.entries(workflow.jobs).map(([name, { permissions }]) => [name, permissions])),
    ).toEqual({
      check: { contents: 'read' },
      compare: { contents: 'read', 'id-token': 'write' },
      comment: { 'pull-requests': 'write' },
      push: { contents: 'read', 'id-token': 'write' },
      promote: { contents: 'read', 'id-token': 'write' },
    })
    expect(workflow.jobs.compare.if).toContain(
      'github.event.pull_request.head.repo.full_name == github.repository',
    )
    for (const [name, job] of Object.entries(workflow.jobs)) {
      expect([name, job['timeout-minutes'] > 0]).toEqual([name, true])
      for (const { run = '', uses } of job.steps) {
        // Values come through the environment: a script is the same whoever started it.
        expect(run).not.toContain('\u0024{{')
        if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/)
      }
      const order = job.steps.map(({ name: step, uses = '' }) => step ?? uses.split('@')[0])
      if (order.includes('actions/checkout'))
        expect(order.indexOf('Install Sluice')).toBeLessThan(order.indexOf('actions/checkout'))
      expect([name, order.includes('aws-actions/configure-aws-credentials')]).toEqual([
        name,
        !['check', 'comment'].includes(name),
      ])
    }
    expect(JSON.stringify(workflow.jobs.comment)).not.toContain('checkout')
    expect(JSON.stringify(workflow)).not.toContain('secrets.')
  })

  test('is written over only where it is as it was written, or --force is said', async () => {
    const own = await init('--platform', stage.url, '--json')
    expect([own.code, own.json['written']]).toEqual([0, false])
    const refused = await init(...deployed, ...role)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain(
      "+   SLUICE_PLATFORM_URL: 'https://abc.execute-api.eu-central-1.amazonaws.com'",
    )
    expect(refused.stderr).toContain(`-   SLUICE_PLATFORM_URL: '${stage.url}'`)
    const forced = await init(...deployed, ...role, '--force', '--json')
    expect([forced.code, forced.json['written']]).toEqual([0, true])
    expect(existsSync(join(repository.folder, '.github', 'workflows', 'sluice.yml'))).toBe(true)
  })

  test.each<[string, readonly string[]]>([
    ['--role is missing', []],
    ['--role is', ['--role', 'arn:aws:iam::1:role/x']],
    ['--role is', ['--role', 'x\n      evil: true']],
    ['--read-role is', [...role, '--read-role', "a'b"]],
    ['--region is', [...role, '--region', 'here']],
    ['--models is', [...role, '--models', '../x']],
    ['--models is', [...role, '--models', '/x']],
    ['--models is', [...role, '--models', '-x']],
    ['--models is', [...role, '--models', "a'\nb"]],
    ['--branch is', [...role, '--branch', 'a b']],
  ])('is refused where %s wrong: %j', async (sentence, args) => {
    const { code, json } = await init(...deployed, ...args, '--dry-run', '--json')
    expect([code, json['code'], json['detail']]).toEqual([1, 'usage', expect.stringContaining(sentence)])
  })
})
