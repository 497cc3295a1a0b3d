import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'

const lineFeed = 0x0a
/** More are not held open at once: a process has but so many handles. */
const mostOpen = 64

interface OpenFile {
  readonly handle: FileHandle
  /** How long it is: nobody else appends to it. */
  size: number
  /** Whether its end is half a line, which a process that was killed has left. */
  endsInside: boolean
}

/**
 * Files of lines that nobody else appends to, held open between one append and the next: to open one takes longer than to
 * write to it. One append at a time. Who holds them closes them now and then, so that a file that somebody has removed is
 * made anew.
 */
export class LineFiles {
  readonly #open = new Map<string, OpenFile>()

  /**
   * Append lines: all of them or none. Half a line at a file's end stays a line of its own and swallows none of these.
   * @throws Error of the file system: ENOSPC and its kin
   */
  async append(path: string, lines: string): Promise<void> {
    const file = this.#open.get(path) ?? (await this.#opened(path))
    const bytes = Buffer.from(file.endsInside ? `\n${lines}` : lines)
    try {
      await file.handle.appendFile(bytes)
    } catch (fault) {
      // A disk that has run full has taken a part of it, and gives that back.
      await file.handle.truncate(file.size).catch(() => {})
      this.#open.delete(path)
      await file.handle.close().catch(() => {})
      throw fault
    }
    file.size += bytes.byteLength
    file.endsInside = false
  }

  async close(): Promise<void> {
    const files = [...this.#open.values()]
    this.#open.clear()
    await Promise.all(files.map(({ handle }) => handle.close().catch(() => {})))
  }

  async #opened(path: string): Promise<OpenFile> {
    if (this.#open.size >= mostOpen) await this.close()
    const handle = await handleAt(path)
    try {
      const { size } = await handle.stat()
      const file = { handle, size, endsInside: size > 0 && !(await endsALine(handle, size)) }
      this.#open.set(path, file)
      return file
    } catch (fault) {
      await handle.close().catch(() => {})
      throw fault
    }
  }
}

async function handleAt(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'a+')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    await mkdir(dirname(path), { recursive: true })
    return open(path, 'a+')
  }
}

async function endsALine(handle: FileHandle, size: number): Promise<boolean> {
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] === lineFeed
}
