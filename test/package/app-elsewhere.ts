import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { run } from '../harness/containers/run.ts'

const repository = join(import.meta.dirname, '..', '..')

/** npm and npx run scripts by the first Node of the path: the one that the repository brings. */
const environment = {
  PATH: `${join(repository, 'node_modules', '.bin')}:${dirname(process.execPath)}:${process.env['PATH']}`,
  // Its install script reaches for CUDA, which no test needs.
  ONNXRUNTIME_NODE_INSTALL: 'skip',
  CI: 'true',
}

/** Run a program in a folder. */
export function runIn(folder: string, program: string, ...args: readonly string[]): Promise<string> {
  // Templates are validated here, as they are for people.
  return run('env', ['-C', folder, '-u', 'CDK_VALIDATION', program, ...args], environment)
}

/** `npm pack` in a copy of the repository, whose manifest it exchanges for a moment. @returns the tarball */
export async function packed(folder: string): Promise<string> {
  const copy = join(folder, 'repository')
  await mkdir(copy)
  const here = await readdir(repository)
  for (const name of here.filter(
    (one) => !/^(?:\.git|\.cache|\.sluice|dist|cdk\.out|node_modules)$/.test(one),
  ))
    cpSync(join(repository, name), join(copy, name), { recursive: true })
  symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'))
  const before = readFileSync(join(copy, 'package.json'), 'utf8')
  const name = (await runIn(copy, 'npm', 'pack', '--silent')).split('\n').at(-1)
  if (readFileSync(join(copy, 'package.json'), 'utf8') !== before)
    throw new Error('npm pack left the manifest of the package in the place of the repository’s')
  return join(copy, String(name))
}

/** What `cdk init` makes for TypeScript, with one platform in its stack; the library's version is the repository's. */
export async function makeApp(folder: string): Promise<void> {
  await mkdir(folder)
  await runIn(folder, 'cdk', 'init', 'app', '--language', 'typescript', '--generate-only')
  const place = join(folder, 'package.json')
  const manifest = JSON.parse(readFileSync(place, 'utf8'))
  const { devDependencies } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'))
  for (const name of ['aws-cdk-lib', 'constructs']) manifest.dependencies[name] = devDependencies[name]
  manifest.devDependencies['aws-cdk'] = devDependencies['aws-cdk']
  writeFileSync(place, JSON.stringify(manifest))
  writeFileSync(join(folder, 'lib', 'app-stack.ts'), stackSource)
  writeFileSync(join(folder, 'test', 'app.test.ts'), testSource)
  writeFileSync(join(folder, 'plain.js'), plainSource)
}

const stackSource = `import * as cdk from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { ModelPlatform } from 'sluice';

export class AppStack extends cdk.Stack {
  constructor(scope: Construct, id: string, props?: cdk.StackProps) {
    super(scope, id, props);
    new ModelPlatform(this, 'Models');
  }
}
`

/** As an engineer tests a stack, with the configuration that \`cdk init\` leaves them. */
const testSource = `import * as cdk from 'aws-cdk-lib/core';
import { Template } from 'aws-cdk-lib/assertions';
import { AppStack } from '../lib/app-stack';

test('has the machines', () => {
  const app = new cdk.App({ context: { 'aws:cdk:bundling-stacks': [] } });
  Template.fromStack(new AppStack(app, 'AppStack')).resourceCountIs('AWS::StepFunctions::StateMachine', 4);
});
`

/** An app in plain JavaScript, CommonJS, as \`cdk init --language javascript\` has it. */
const plainSource = `const { App, Stack } = require('aws-cdk-lib');
const { ModelPlatform } = require('sluice');

new ModelPlatform(new Stack(new App(), 'AppStack'), 'Models');
`
