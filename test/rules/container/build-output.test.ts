import { describe, expect, test } from '@jest/globals'
import { buildFailure, stepInLine } from '../../../lib/rules/container/build-output.ts'
import { dockerfileSteps } from '../../../lib/rules/container/dockerfile-steps.ts'

const dockerfile = [
  '# syntax=docker/dockerfile:1',
  'ARG BASE=scratch',
  '',
  'FROM $BASE AS build',
  'RUN make \\',
  '# in the middle',
  '',
  '  && make install',
  'RUN <<EOF',
  'echo one',
  'EOF',
  'COPY server /server',
].join('\n')

describe('the instructions of a Dockerfile', () => {
  test('are told by their lines, continued ones and here-documents as one', () => {
    expect(dockerfileSteps(dockerfile)).toEqual([
      { line: 2, text: 'ARG BASE=scratch' },
      { line: 4, text: 'FROM $BASE AS build' },
      { line: 5, text: 'RUN make && make install' },
      { line: 9, text: 'RUN <<EOF' },
      { line: 12, text: 'COPY server /server' },
    ])
  })

  test('may be continued by another character', () => {
    expect(dockerfileSteps('# escape=`\nRUN dir `\n C:\\\nRUN x')).toEqual([
      { line: 2, text: 'RUN dir C:\\' },
      { line: 4, text: 'RUN x' },
    ])
  })

  test.each(['', '\n\n', '# nothing', 'RUN \\', 'RUN <<EOF\nno end'])('of %j end', (text) => {
    expect(dockerfileSteps(text).length).toBeLessThan(2)
  })
})

test.each([
  ['Step 3/7 : RUN make', 'step 3 of 7: RUN make'],
  ['#9 [build 3/7] RUN make', 'step 3 of 7: RUN make'],
  ['#9 [3/7] RUN make', 'step 3 of 7: RUN make'],
  ['#9 0.312 Step 1', undefined],
  [' ---> 6991041bdcf4', undefined],
  ['#9 [internal] load build definition from Dockerfile', undefined],
])('%s says how far the build is', (line, step) => {
  expect(stepInLine(line)).toBe(step)
})

describe('why a build has failed is found in what', () => {
  test('the builder in the engine writes', () => {
    const output = [
      'DEPRECATED: The legacy builder is deprecated',
      'Sending build context to Docker daemon  8.7MB',
      'Step 1/5 : ARG BASE=scratch',
      'Step 2/5 : FROM $BASE AS build',
      ' ---> 6991041bdcf4',
      'Step 3/5 : RUN make && make install',
      ' ---> Running in 4c3c1ee2ba0a',
      'make: *** No targets.  Stop.',
      "The command '/bin/sh -c make' returned a non-zero code: 2",
    ]
    expect(buildFailure(output, dockerfile)).toEqual({
      step: { line: 5, text: 'RUN make && make install' },
      said: ['make: *** No targets.  Stop.', "The command '/bin/sh -c make' returned a non-zero code: 2"],
    })
  })

  test('BuildKit writes', () => {
    const output = [
      '#8 [build 3/4] RUN <<EOF',
      '#8 0.214 one',
      '#8 ERROR: process "/bin/sh -c make" did not complete successfully: exit code: 2',
      '------',
      ' > [build 3/4] RUN <<EOF:',
      '------',
      'Dockerfile:9',
      '--------------------',
      '   9 | >>> RUN <<EOF',
      '--------------------',
      'ERROR: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2',
    ]
    const { step, said } = buildFailure(output, dockerfile)
    expect(step).toEqual({ line: 9, text: 'RUN <<EOF' })
    expect(said).toContain('one')
    expect(said.at(-1)).toBe('process "/bin/sh -c make" did not complete successfully: exit code: 2')
  })

  test('says that a Dockerfile cannot be read', () => {
    const output = ['Error response from daemon: dockerfile parse error line 5: unknown instruction: RUNN']
    expect(buildFailure(output, dockerfile)).toEqual({
      step: { line: 5, text: 'RUN make && make install' },
      said: output,
    })
  })

  test('tells nothing', () => {
    expect(buildFailure([], dockerfile)).toEqual({ said: [] })
  })
})
