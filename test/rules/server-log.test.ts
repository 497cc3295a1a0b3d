import { expect, test } from '@jest/globals'
import { reasonInLog, stillLoadingAt } from '../../lib/rules/server-log.ts'

test('the reason is what a server says of its model, whatever is written after it', () => {
  const log = [
    'START RequestId: 1 Version: $LATEST',
    'the model cannot be loaded: protobuf parsing failed',
    'some library: goodbye',
    'RequestId: 1 Error: Runtime exited with error: exit status 1',
    'REPORT RequestId: 1 Duration: 1 ms',
  ]
  expect(reasonInLog(log.join('\n'))).toBe('the model cannot be loaded: protobuf parsing failed')
})

test('else it is the last line of its own, without the paths and names of places in it', () => {
  const log =
    'START RequestId: 1\nok\nImportError: libgomp.so.1: cannot open /opt/sluice/lib/x.so by arn:aws:lambda:x\nEND RequestId: 1\n\n'
  expect(reasonInLog(log)).toBe('ImportError: libgomp.so.1: cannot open … by …')
})

test('there is none where it wrote nothing', () => {
  expect(reasonInLog('')).toBeUndefined()
  expect(reasonInLog('START RequestId: 1\nEND RequestId: 1\n')).toBeUndefined()
})

test('it is never longer than a paragraph', () => {
  expect(reasonInLog('x'.repeat(10_000))).toHaveLength(300)
})

test('a reason that shows that the network was asked for says what to do instead', () => {
  const mend = 'it asked for the network, which a model does without: put what it fetches into the artifact'
  for (const said of [
    'the model cannot be loaded: predict.py line 3: URLError: <urlopen error [Errno -3] Temporary failure in name resolution>',
    'the model cannot be loaded: predict.R line 2: cannot open URL: Could not resolve hostname: Could not resolve host: x',
    'the model cannot be loaded: predict.mjs line 1: TypeError: fetch failed: getaddrinfo EAI_AGAIN models.example',
    'the model cannot be loaded: Churn.java line 9: java.net.UnknownHostException: models.example',
    'the model cannot be loaded: predict.py line 3: OSError: [Errno 101] Network is unreachable',
  ])
    expect(reasonInLog(said)).toBe(`${said}; ${mend}`)
})

test('a crash of native code is told by the line of the artifact that led to it', () => {
  const crash = `Fatal Python error: Segmentation fault

Current thread 0x00007f (most recent call first):
  File "/usr/lib/python3.11/ctypes/__init__.py", line 519 in string_at
  File "/home/me/.sluice/images/ab12/code/predict.py", line 4 in load
  File "/opt/sluice/runtime/sluice_serving/own_code.py", line 31 in __init__
Extension modules: numpy (total: 1)`
  expect(reasonInLog(crash)).toBe('predict.py line 4: Segmentation fault')
  expect(reasonInLog('Fatal Python error: Aborted\n')).toBe('Aborted')
})

test('a model that loads for long is told of by where it is', () => {
  const log = 'hello\nthe model still loads after 20 s: predict.py line 5\nhello again'
  expect(stillLoadingAt(log)).toBe('predict.py line 5')
  expect(stillLoadingAt('predict.py line 5')).toBeUndefined()
})
