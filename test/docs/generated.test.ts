import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { generatedDocs } from '../../scripts/generate-docs.ts'

test.each(Object.entries(generatedDocs()))('%s is what `npm run docs` writes', (path, text) => {
  expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')).toBe(text)
})
