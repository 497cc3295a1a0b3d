import { tmpdir } from 'node:os'
import { expect, jest, test } from '@jest/globals'
import { barePython, noPython, printed, template } from './python-server.ts'

const minutes = 60_000
jest.setTimeout(10 * minutes)

const ifPython = noPython === undefined ? test : test.skip

ifPython(
  'a ping that comes before the model is answered at once in an image, and on a laptop when the model is there',
  async () => {
    expect(await printed(await barePython(), 'pings.py', [template], tmpdir())).toEqual({
      in_image: [503],
      waited_in_vain: [503],
      before: [],
      waits: [200, 200],
      after: [200],
    })
  },
)
