import { execFile } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import ts from 'typescript'
import { propsOf } from '../../scripts/construct-docs.ts'

const root = join(import.meta.dirname, '..', '..')
const pages = globSync('docs/constructs/*.md', { cwd: root }).toSorted()
const text = (page: string) => readFileSync(join(root, page), 'utf8')
const examples = (page: string) =>
  [...text(page).matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)

/** Within the repository, where `aws-cdk-lib` is found. */
let folder: string
let files: string[]

beforeAll(() => {
  mkdirSync(join(root, 'cdk.out'), { recursive: true })
  folder = mkdtempSync(join(root, 'cdk.out', 'examples-'))
  files = pages.flatMap((page) =>
    examples(page).map((code, i) => {
      const file = join(folder, `${basename(page, '.md')}-${i}.ts`)
      writeFileSync(file, code.replaceAll("from 'sluice'", "from '../../lib/index.ts'"))
      return file
    }),
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each(pages)('%s has an example that ends in a template', (page) => {
  expect(examples(page).length).toBeGreaterThan(0)
  for (const code of examples(page)) expect(code.trim().endsWith('app.synth()')).toBe(true)
})

test('every example is what the types allow', () => {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const program = ts.createProgram(files, { ...options, exactOptionalPropertyTypes: false })
  const wrong = ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) =>
        `${basename(file?.fileName ?? '')}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    )
  expect(wrong).toEqual([])
}, 120_000)

test('every example synthesizes', async () => {
  expect(files.length).toBeGreaterThanOrEqual(pages.length)
  const imports = files.map((file) => `await import(${JSON.stringify(file)})`).join('\n')
  const context = JSON.stringify({ 'aws:cdk:bundling-stacks': [] })
  const run = promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', `${imports}\nconsole.log('all')`],
    {
      cwd: folder,
      env: { ...process.env, CDK_CONTEXT_JSON: context, CDK_VALIDATION: 'false', NODE_OPTIONS: '' },
    },
  )
  expect((await run).stdout).toContain('all')
}, 240_000)

describe('the props', () => {
  const interfaces = [
    ...new Set(
      readFileSync(join(root, 'lib', 'index.ts'), 'utf8')
        .match(/\b\w+Props\b/g)
        ?.filter((name) => name !== 'PlatformStackProps'),
    ),
  ].toSorted()

  test('of every construct stand in a page, but those of the API, which has its own', () => {
    const told = pages.flatMap((page) =>
      [...text(page).matchAll(/<!-- props (\w+) -->/g)].map(([, name]) => name),
    )
    expect(interfaces.filter((name) => !told.includes(name))).toEqual(
      ['ModelApiProps', 'ModelEventProps'].filter((name) => !told.includes(name)),
    )
  })

  test.each(interfaces)('%s say what each is for, and what it is where it is not given', (name) => {
    const rows = propsOf(name)
    expect(rows.length).toBeGreaterThan(0)
    for (const { name: prop, description, optional, fallback } of rows) {
      expect([prop, description]).toEqual([prop, expect.stringMatching(/\w{3}/)])
      expect([prop, optional, fallback]).toEqual([
        prop,
        optional,
        optional ? expect.stringMatching(/\w/) : undefined,
      ])
    }
  })

  test.each(interfaces)('%s have no unions, and no names of units: a type says them', (name) => {
    for (const { name: prop, type } of propsOf(name)) {
      expect([prop, type]).toEqual([prop, expect.not.stringContaining('|')])
      expect([prop, /Seconds$|Mb$|Arn$/.test(prop)]).toEqual([prop, false])
    }
  })
})

const sections = ['Props', 'Architecture', 'Cost', 'Security', 'Quotas', 'Clean-up']
test.each(pages)('%s tells cost, security, quotas and clean-up', (page) => {
  const headings = [...text(page).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)
  expect(headings).toEqual(expect.arrayContaining(sections))
})

test.each(pages)('%s names places of the runbook that there are', (page) => {
  const headings = [...text('docs/runbook.md').matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading)
  const runbook = headings.map((heading) => heading.toLowerCase().replaceAll(' ', '-'))
  for (const [, anchor] of text(page).matchAll(/runbook\.md#([a-z-]+)/g)) expect(runbook).toContain(anchor)
})
