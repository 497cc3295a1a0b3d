import { expect, test } from '@jest/globals'
import { strangerIn } from '../../../lib/rules/detection/not-the-file.ts'

test('what is uploaded by mistake is known by how it begins', () => {
  expect(strangerIn('version https://git-lfs.github.com/spec/v1\noid sha256:1')).toMatch(/git lfs pull/)
  expect(strangerIn('\n<!DOCTYPE html>\n<title>Sign in')).toMatch(/a web server/)
  expect(strangerIn('<html lang="en">')).toMatch(/a web server/)
  expect(strangerIn('<?xml version="1.0"?>\n<Error><Code>AccessDenied')).toMatch(/an error of a store/)
})

test('a model, a program and nothing at all may be what they are named', () => {
  for (const head of [
    '',
    '\x80\x05\x95',
    'import html\n',
    '<PMML version="4.4">',
    'version https://example.com',
  ])
    expect(strangerIn(head)).toBeUndefined()
})
