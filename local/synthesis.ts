import { rmSync } from 'node:fs'
import type { CfnFunction } from 'aws-cdk-lib/aws-lambda'
import { platformApp } from '../lib/platform-app.ts'

/**
 * Synthesize the platform's template and print it as JSON. A process of its own: aws-cdk-lib's types and its memory
 * stay out of the platform. Nothing is bundled and nothing is validated, since only the template is wanted.
 */
type Template = { readonly Resources: Readonly<Record<string, CfnFunction>> }

const app = platformApp({
  builtinCloudFormationValidation: false,
  analyticsReporting: false,
  context: { 'aws:cdk:bundling-stacks': [] },
})
const assembly = app.synth()
const template = assembly.getStackByName('Sluice').template as Template
process.stdout.write(JSON.stringify(template))
rmSync(assembly.directory, { recursive: true, force: true })
