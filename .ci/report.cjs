// node .ci/report.cjs REPORT FAILED: counts a report of Jest, "PASSED FAILED" on standard output, and writes what failed, by name
// and with the first lines of why, into FAILED.
const { readFileSync, writeFileSync } = require('node:fs')
const { stripVTControlCharacters } = require('node:util')

const [report, failed] = process.argv.slice(2)
const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, testResults } = JSON.parse(
  readFileSync(report, 'utf8'),
)

const plain = (text) =>
  stripVTControlCharacters(text)
    .trim()
    .split('\n')
    .slice(0, 6)
    .map((line) => `  ${line.slice(0, 300)}`)
const lines = testResults.flatMap(({ name, status, message, assertionResults }) => {
  const file = name.slice(process.cwd().length + 1)
  const tests = assertionResults
    .filter((test) => test.status === 'failed')
    .flatMap(({ fullName, failureMessages }) => [
      `${file}: ${fullName}`,
      ...plain(failureMessages.join('\n')),
    ])
  return tests.length === 0 && status === 'failed' ? [file, ...plain(message)] : tests
})
if (lines.length > 0) writeFileSync(failed, `${lines.join('\n')}\n`)
console.log(numPassedTests, numFailedTests + numRuntimeErrorTestSuites)
