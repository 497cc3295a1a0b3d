import { describe, expect, test } from '@jest/globals'
import { refusalOfUv } from '../../../lib/rules/python/uv-refusals.ts'

describe('what uv says when it fails', () => {
  test('is the system’s own error where the disk is full', () => {
    const said =
      'error: Failed to install: six-1.17.0-py2.py3-none-any.whl (six==1.17.0)\n  cause: failed to copy file\n  cause: No space left on device (os error 28)\n'
    expect(refusalOfUv(said)).toMatchObject({ code: 'ENOSPC', name: 'Error' })
  })

  test.each([
    [
      'error: Failed to fetch: https://someone:secret@index.test/simple/six/\n  cause: HTTP status server error (503 Service Unavailable) for url (https://index.test/simple/six/)\n',
      'the package index answered 503 Service Unavailable',
    ],
    [
      'error: Request failed after 3 retries in 5.9s\n  cause: Failed to fetch: https://index.test/simple/six/\n  cause: client error (Connect)\n  cause: dns error\n  cause: failed to lookup address information: Name or service not known\n',
      "the package index cannot be reached: failed to lookup address information: Name or service not known; look at the platform's network, and push again",
    ],
    [
      'error: Something new at https://someone:secret@index.test/x\n  cause: could not open /home/someone/.cache/uv/thing\n  cause: never told\n',
      'Something new at …: could not open …',
    ],
    ['', 'uv gave no reason'],
  ])('is told without places: %j', (said, told) => {
    expect(refusalOfUv(said)).toMatchObject({ code: 'environment-failed', message: told })
  })
})
