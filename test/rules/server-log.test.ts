import { expect, test } from '@jest/globals'
import { reasonInLog } from '../../lib/rules/server-log.ts'

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
