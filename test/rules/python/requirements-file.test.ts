import { describe, expect, test } from '@jest/globals'
import { lockedCount, readRequirements, withOwnHashes } from '../../../lib/rules/python/requirements-file.ts'

describe('a requirements file', () => {
  test('is read line by line, without comments, joined at backslashes', () => {
    const text =
      '\uFEFF# a comment\r\nSix_Pack.x[extra]==1.0 ; python_version > "3" # why\n\nb>=1 \\\n  --hash=sha256:aa \\\n  --hash sha256:bb\n--pre\n--extra-index-url https://index.test/#x\n'
    expect(readRequirements(text)).toEqual({
      requirements: [
        { text: 'Six_Pack.x[extra]==1.0 ; python_version > "3"', name: 'six-pack-x', hashes: [] },
        { text: 'b>=1   --hash=sha256:aa   --hash sha256:bb', name: 'b', hashes: ['sha256:aa', 'sha256:bb'] },
      ],
      options: ['--pre', '--extra-index-url https://index.test/#x'],
    })
  })

  test.each(['', '\n', '# nothing\n', '   '])('may ask for nothing: %j', (text) => {
    expect(readRequirements(text)).toEqual({ requirements: [], options: [] })
  })

  test('knows an address, which has no name of its own', () => {
    const [plain, named] = readRequirements(
      'https://index.test/six-1.0.whl\nsix @ https://index.test/six-1.0-py3-none-any.whl',
    ).requirements
    expect([plain?.name, named?.name]).toEqual(['', 'six'])
  })
})

describe('a lock', () => {
  const lock =
    'a-b==1 \\\n    --hash=sha256:11 \\\n    --hash=sha256:12\nc==2 ; python_version > "3" \\\n    --hash=sha256:21\n'

  test('says how many packages it names', () => {
    expect([lockedCount(lock), lockedCount(''), lockedCount('# none\n')]).toEqual([2, 0, 0])
  })

  test('keeps the hashes that the requirements name, whatever the index tells', () => {
    const own = readRequirements('A_b==1 --hash=sha256:99\nc==2')
    expect(withOwnHashes(lock, own)).toBe(
      'a-b==1 \\\n    --hash=sha256:99\nc==2 ; python_version > "3" \\\n    --hash=sha256:21\n',
    )
    const last = readRequirements('c==2 --hash=sha256:98 --hash=sha256:97')
    expect(withOwnHashes(lock, last)).toBe(
      'a-b==1 \\\n    --hash=sha256:11 \\\n    --hash=sha256:12\nc==2 ; python_version > "3" \\\n    --hash=sha256:98 \\\n    --hash=sha256:97\n',
    )
    expect(withOwnHashes(lock, readRequirements('a-b==1'))).toBe(lock)
  })
})
