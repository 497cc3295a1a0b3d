import { describe, expect, test } from '@jest/globals'
import { checkedRequirements, sklearnRequirements } from '../../../lib/rules/python/python-requirements.ts'
import { refusal } from '../refusal.ts'

const hash = `--hash=sha256:${'0a'.repeat(32)}`

describe('a requirements.txt', () => {
  test.each([
    ['nothing', ''],
    ['a package', 'numpy'],
    ['versions', 'numpy>=2,<3\nscikit-learn == 1.9.1\npandas~=3.0\nxgboost!=2.0.*\n'],
    ['extras', 'uvicorn[standard]>=0.30\n'],
    ['a marker', 'tomli>=2; python_version < \'3.11\' and sys_platform == "linux"\n'],
    ['comments and empty lines', '# ours\n\n  \nnumpy  # the newest\n'],
    ['carriage returns and a byte order mark', '\uFEFFnumpy==2.0\r\nscipy\r\n'],
    [
      'hashes on lines of their own',
      `numpy==2.4.6 \\\n    ${hash} \\\n    ${hash}\n    # via scikit-learn\nscipy==1.17.1 ${hash}`,
    ],
    ['parentheses', 'numpy (>=2)\n'],
    ['prereleases and local versions', 'torch==2.5.0+cpu\nnumpy==2.0.0rc1\nx==1!2.0\n'],
  ])('with %s is taken as it is', (_, text) => {
    expect(checkedRequirements(text)).toBe(text)
  })

  test.each([
    ['-e .', 'a folder'],
    ['--editable ./x', 'a folder'],
    ['-r other.txt', 'another file'],
    ['-rother.txt', ''],
    ['--requirement=other.txt', 'another file'],
    ['-c constraints.txt', 'another file'],
    ['--index-url https://example.org/simple', 'another index'],
    ['-i https://example.org/simple', 'another index'],
    ['--extra-index-url=https://example.org', 'another index'],
    ['--find-links .', 'another index'],
    ['--trusted-host example.org', 'another index'],
    ['--pre', 'an option'],
    ['--no-binary :all:', 'an option'],
    ['numpy --global-option=x', ''],
    ['git+https://example.org/a.git', 'a URL'],
    ['numpy @ https://example.org/numpy.whl', 'a URL'],
    ['numpy@file:numpy.whl', 'a URL'],
    ['https://example.org/numpy.whl', 'a URL'],
    ['file:///tmp/numpy.whl', 'a URL'],
    ['./wheels/numpy.whl', 'a path'],
    ['../numpy', 'a path'],
    ['/tmp/numpy.whl', 'a path'],
    ['wheels\\numpy.whl', 'a path'],
    [`numpy==$\{VERSION}`, 'an environment variable'],
    [`$\{PACKAGE}`, 'an environment variable'],
    ['$PACKAGE', 'an environment variable'],
    ['numpy==2; x', ''],
    ['numpy = 2', ''],
    ['numpy scipy', ''],
    ['numpy==2 --hash=md5:0', ''],
    ['nümpy', ''],
    ['-', ''],
  ])('with the line %s is refused', (line, reason) => {
    const problem = refusal(() => checkedRequirements(`scipy\n${line}\n`))
    expect(problem.code).toBe('requirements-malformed')
    expect(problem.errors).toMatchObject([{ line: 2, found: expect.stringContaining(reason) }])
    expect(problem.message).toContain('line 2')
  })

  test.each([
    '-r base.txt',
    '-rbase.txt',
    '--requirement=base.txt',
    '-c limits.txt',
    '-e .',
    '--editable ../mine',
    './mine',
    '/srv/mine',
    '../mine',
    'mine.whl',
    'mine-1.0.tar.gz',
    'mine @ file:///srv/mine.whl',
    'file:///srv/mine.whl',
  ])('may not lead to other files: %s', (line) => {
    const { code, errors } = refusal(() => checkedRequirements(`six\n\n${line}\n`))
    expect([code, errors.map((one) => one.line)]).toEqual(['requirements-malformed', [3]])
  })

  test('is told every line that is wrong, by the line that it begins in', () => {
    const problem = refusal(() =>
      checkedRequirements('numpy\n-e .\nscipy==1 \\\n  --hash=sha256:00\n\n--pre\nx==1\n'),
    )
    expect(problem.errors.map(({ line }) => line)).toEqual([2, 3, 6])
    expect(problem.message).toContain('lines 2, 3, 6')
  })

  test('that hides an option behind a line that goes on is refused', () => {
    expect(
      refusal(() => checkedRequirements('numpy \\\n--index-url \\\nhttps://example.org\n')).errors,
    ).toMatchObject([{ line: 1 }])
    expect(refusal(() => checkedRequirements('# a comment \\\n-e .\n')).errors).toMatchObject([{ line: 2 }])
  })

  test('of any length is judged in little time', () => {
    const long = `${'a'.repeat(40_000)}\n${'numpy>=1,'.repeat(4_000)}\n${' '.repeat(20_000)}x`
    expect(refusal(() => checkedRequirements(long)).errors.map(({ line }) => line)).toEqual([1, 2])
    expect(refusal(() => checkedRequirements('a'.repeat(100_001))).code).toBe('requirements-malformed')
  })
})

describe('the requirements of a file alone', () => {
  const facts = { usesDataFrames: false, signature: { unknown: '' } }
  test.each([
    ['model.joblib', undefined, 'scikit-learn\n'],
    ['model.joblib', facts, 'scikit-learn\n'],
    ['model.pkl', { ...facts, scikitLearnVersion: '1.9.1' }, 'scikit-learn==1.9.1\n'],
    ['model.skops', { ...facts, scikitLearnVersion: '1.9.1' }, 'scikit-learn==1.9.1\nskops\n'],
    [
      'model.skops',
      { ...facts, scikitLearnVersion: '1.9.1', usesDataFrames: true },
      'pandas\nscikit-learn==1.9.1\nskops\n',
    ],
  ])('%s with %j are %j', (entry, found, text) => {
    expect(sklearnRequirements(entry, found)).toBe(text)
  })
})
