import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { temporaryFolder } from '../harness/temporary-folder.ts'

const root = join(import.meta.dirname, '..', '..')
const moduleFolder = join(root, 'terraform')
const folder = await temporaryFolder()
const read = (name: string) => readFileSync(join(moduleFolder, name), 'utf8')

const run = promisify(execFile)
const terraform = (...args: readonly string[]) =>
  run('terraform', args).then(
    ({ stdout }) => stdout,
    ({ stdout, stderr }) => `${stdout}${stderr}`,
  )
const here = await run('terraform', ['version']).then(
  () => true,
  () => false,
)

interface Parameter {
  readonly Description: string
  readonly Default?: string
  readonly AllowedPattern: string
  readonly ConstraintDescription: string
}

const snake = (name: string) => name.replaceAll(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase()

let template: {
  readonly Parameters: Readonly<Record<string, Parameter>>
  readonly Outputs: Readonly<Record<string, { readonly Description: string }>>
}

beforeAll(async () => {
  await run(process.execPath, [join(root, 'scripts', 'template.ts'), '--out', join(folder, 'template')])
  template = JSON.parse(readFileSync(join(folder, 'template', 'sluice.template.json'), 'utf8'))
}, 120_000)

describe('the Terraform module', () => {
  test("has a variable for each of the template's parameters, held to the same pattern", () => {
    const variables = read('variables.tf')
    const [, given = ''] = /parameters = \{([^}]*)\}/.exec(read('main.tf')) ?? []
    const set = given
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s*=\s*/))
    expect(Object.fromEntries(set)).toEqual(
      Object.fromEntries(Object.keys(template.Parameters).map((name) => [name, `var.${snake(name)}`])),
    )
    for (const [name, parameter] of Object.entries(template.Parameters)) {
      const variable = variables.split(/^variable /m).find((one) => one.startsWith(`"${snake(name)}"`))
      expect(variable).toContain(`regex("${parameter.AllowedPattern}", var.${snake(name)})`)
      expect(variable).toContain(
        `error_message = "${snake(name)} must be ${parameter.ConstraintDescription}"`,
      )
      if (parameter.Default === undefined) expect(variable).not.toContain('default')
      else expect(variable).toMatch(new RegExp(`default\\s+= "${parameter.Default}"`))
    }
  })

  test("hands on each of the template's outputs", () => {
    const outputs = read('outputs.tf')
      .split(/^output /m)
      .slice(1)
    expect(outputs).toHaveLength(Object.keys(template.Outputs).length)
    for (const [name, { Description }] of Object.entries(template.Outputs)) {
      const output = outputs.find((one) => one.startsWith(`"${snake(name)}"`))
      expect(output).toContain(`outputs["${name}"]`)
      expect(output).toContain(`"${Description}"`)
    }
  })
})

;(here ? describe : describe.skip)('the Terraform module, by Terraform itself', () => {
  const plain = join(folder, 'variables')

  beforeAll(async () => {
    // Without the provider, which is not everywhere to be had: Terraform judges the variables alone.
    mkdirSync(plain)
    copyFileSync(join(moduleFolder, 'variables.tf'), join(plain, 'variables.tf'))
    writeFileSync(join(plain, 'main.tf'), 'output "bucket" {\n  value = var.assets_bucket\n}\n')
    expect(await terraform(`-chdir=${plain}`, 'init', '-no-color')).toContain('successfully initialized')
  })

  const plan = (...values: readonly string[]) =>
    terraform(
      `-chdir=${plain}`,
      'plan',
      '-no-color',
      '-input=false',
      ...values.flatMap((value) => ['-var', value]),
    )
  const good = () => [`template_folder=${join(folder, 'template')}`, 'assets_bucket=my-bucket']

  test('is formatted as Terraform formats', async () => {
    await run('terraform', ['fmt', '-check', '-recursive', moduleFolder])
  })

  test('is accepted with a folder and a bucket', async () => {
    expect(await plan(...good())).toMatch(/\+ bucket\s+= "my-bucket"/)
  })

  test.each([
    ['assets_bucket=My_Bucket', 'must be the name of a bucket'],
    ['assets_prefix=/sluice', 'must be empty, or parts of'],
    ['assets_prefix=a b/', 'must be empty, or parts of'],
    ['stack_name=7', 'must be 1 to 128 of'],
    ['template_folder=/nowhere', 'holds no sluice.template.json'],
  ])('refuses %s', async (value, reason) => {
    const said = (await plan(...good(), value)).replaceAll(/[\s│]+/g, ' ')
    expect(said).toContain('Invalid value for variable')
    expect(said).toContain(reason)
  })
})
