import { expect, test } from '@jest/globals'
import { refusalOfNpm } from '../../../lib/rules/node/npm-refusals.ts'
import { isProblem } from '../../../lib/rules/problem.ts'

/** As npm 11 writes them. */
const said = (...lines: string[]) => lines.map((line) => `npm error ${line}`).join('\n')

test.each<[string, string, string]>([
  [
    'a package that there is not',
    said(
      'code E404',
      '404 Not Found - GET https://someone:secret@registry.example/nope',
      "404  The requested resource 'nope@^6' could not be found or you do not have permission to access it.",
    ),
    "the registry has no package 'nope@^6', or does not show it to you: look at its name in package.json",
  ],
  [
    'a version that there is not',
    said('code ETARGET', 'notarget No matching version found for ml-matrix@^99.'),
    "there is no such version: 'ml-matrix@^99'; ask for one that is there",
  ],
  [
    'two that do not fit',
    said(
      'code ERESOLVE',
      'ERESOLVE unable to resolve dependency tree',
      '',
      'While resolving: undefined@undefined',
      'Found: react@17.0.2',
      'node_modules/react',
      '  react@"17" from the root project',
      '',
      'Could not resolve dependency:',
      'peer react@"^18.2.0" from react-dom@18.2.0',
    ),
    'no packages fit together: react-dom@18.2.0 needs react@^18.2.0, and react@17.0.2 is asked for; change one of them',
  ],
  [
    'other bytes',
    said(
      'code EINTEGRITY',
      'sha512-a integrity checksum failed when using sha512: wanted sha512-a but got sha512-b. (12 bytes)',
    ),
    'what the registry has is not what its integrity in the lock says; nothing was installed',
  ],
  [
    'no registry',
    said('code ECONNREFUSED', 'FetchError: request to http://someone:secret@127.0.0.1:1/a failed'),
    "the registry of packages cannot be reached (ECONNREFUSED): look at the platform's network, and push again",
  ],
  ['nobody known', said('code E401', 'Unable to authenticate'), 'the registry wants to know who asks'],
  [
    'another machine',
    said('code EBADPLATFORM', 'notsup Unsupported platform for a@1.0.0: wanted {"os":"plan9"}'),
    'a package is not for this machine: a@1.0.0',
  ],
  [
    'anything else',
    said('code EWHAT', 'something at /home/me/secret/place and https://a:b@c.example/ went wrong'),
    'npm: something at … and … went wrong',
  ],
  ['nothing said', '', 'npm: npm gave no reason'],
])('%s is told in a sentence, without addresses and paths', (_, stderr, told) => {
  const error = refusalOfNpm(stderr)
  expect([isProblem(error) && error.code, error.message]).toEqual([
    'environment-failed',
    expect.stringContaining(told),
  ])
  expect(error.message).not.toMatch(/:\/\/|secret/)
})

test('a full disk is the system’s error', () => {
  expect(refusalOfNpm(said('code ENOSPC', 'syscall write'))).toMatchObject({ code: 'ENOSPC' })
})
