import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'

const lineFeed = 0x0a

/**
 * Append lines to a file that nobody else appends to: all of them or none. Half a line at its end, which a process that
 * was killed has left, stays a line of its own and swallows none of these.
 */
export async function appendWhole(path: string, lines: string): Promise<void> {
  const file = await opened(path)
  try {
    const { size } = await file.stat()
    const begun = size > 0 && !(await endsALine(file, size)) ? '\n' : ''
    try {
      await file.appendFile(begun + lines)
    } catch (fault) {
      // A disk that has run full has taken a part of it, and gives that back.
      await file.truncate(size).catch(() => {})
      throw fault
    }
  } finally {
    await file.close()
  }
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'a+')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    await mkdir(dirname(path), { recursive: true })
    return open(path, 'a+')
  }
}

async function endsALine(file: FileHandle, size: number): Promise<boolean> {
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] === lineFeed
}
