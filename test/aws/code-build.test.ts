import type { CodeBuildClient } from '@aws-sdk/client-codebuild'
import { expect, test } from '@jest/globals'
import { CodeBuild } from '../../lambdas/aws/code-build.ts'

/** What a build is started with, where none was before. */
async function started(
  architecture: 'arm64' | 'x86_64',
  project = 'project',
  task: 'image' | 'dockerfile' = 'image',
) {
  const sent: { readonly name: string; readonly input: Record<string, unknown> }[] = []
  const client = {
    send: async ({ constructor: { name }, input }: { constructor: { name: string }; input: never }) => {
      sent.push({ name, input })
      return {}
    },
  }
  const projects = { runtimes: project, dockerfiles: `${project} of others` }
  await new CodeBuild(client as unknown as CodeBuildClient, projects).request({
    task,
    runtime: 'onnx',
    architecture,
    key: `key${architecture}`,
    repository: 'host/onnx',
  })
  return sent.find(({ name }) => name === 'StartBuildCommand')?.input
}

test('each processor is built for by its own kind of machine: the project itself is of arm64', async () => {
  expect(await started('arm64')).not.toHaveProperty('environmentTypeOverride')
  expect(await started('x86_64')).toMatchObject({
    environmentTypeOverride: 'LINUX_CONTAINER',
    imageOverride: expect.stringMatching(/^aws\/codebuild\/amazonlinux-x86_64-standard:/),
    idempotencyToken: expect.stringMatching(/^[0-9a-f]{64}$/),
  })
})

test('two platforms that need the same image do not share a token: CodeBuild holds one to what it first came with', async () => {
  const tokens = await Promise.all(
    ['one', 'other', 'one'].map(async (project) => (await started('arm64', project))?.['idempotencyToken']),
  )
  expect(tokens[0]).toBe(tokens[2])
  expect(tokens[0]).not.toBe(tokens[1])
})

test('a Dockerfile is built where nothing else is, of a key and a repository that pass the pattern of the build', async () => {
  const { projectName, environmentVariablesOverride } =
    (await started('arm64', 'project', 'dockerfile')) ?? {}
  expect(projectName).toBe('project of others')
  expect(environmentVariablesOverride).toEqual([
    { name: 'TASK', value: 'dockerfile', type: 'PLAINTEXT' },
    { name: 'RUNTIME', value: 'onnx', type: 'PLAINTEXT' },
    { name: 'BUILD_KEY', value: 'keyarm64', type: 'PLAINTEXT' },
    { name: 'REPOSITORY_URI', value: 'host/onnx', type: 'PLAINTEXT' },
  ])
})
