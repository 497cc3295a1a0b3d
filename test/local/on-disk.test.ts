import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { draftPrefix, onDisk, removeDeadUploads, removeOwnDrafts } from '../../local/on-disk.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-drafts-'))
  mkdirSync(join(folder, 'upload'), { recursive: true })
  writeFileSync(join(folder, 'upload', 'model.onnx'), 'bytes')
  writeFileSync(join(folder, `${draftPrefix}1`), 'bytes')
  mkdirSync(join(folder, `${draftPrefix}2`, 'deep'), { recursive: true })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('what killed processes left', () => {
  test('is removed where it was the platform’s own, and nothing else', async () => {
    await removeOwnDrafts(folder)
    expect(readdirSync(folder)).toEqual(['upload'])
  })

  test('is kept where somebody else may still work on it', async () => {
    await removeDeadUploads(folder, Date.now() + 23 * 3600 * 1000)
    expect(readdirSync(folder)).toHaveLength(3)
  })

  test('is removed where nothing in it has changed for a day, whatever times its files claim', async () => {
    utimesSync(join(folder, 'upload', 'model.onnx'), 0, 0)
    await removeDeadUploads(folder, Date.now())
    expect(readdirSync(folder)).toHaveLength(3)
    await removeDeadUploads(folder, Date.now() + 25 * 3600 * 1000)
    expect(readdirSync(folder)).toEqual([])
  })
})

test('a file, and a folder, can be put on disk; what is not there is an error', async () => {
  await onDisk(join(folder, 'upload', 'model.onnx'))
  await onDisk(folder)
  await expect(onDisk(join(folder, 'absent'))).rejects.toThrow('ENOENT')
})
