import type { Readable } from 'node:stream'
import type { Launch } from './launch.ts'

/** What one process of a server is begun with. */
export interface Beginning {
  readonly launch: Launch
  /** All that the command is given. */
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** A folder that is its own. */
  readonly folder: string
  /** Told once its process is there. */
  readonly born: (pid: number) => void
  /** Given what it says, a stream for each of its outputs. */
  readonly says: (output: Readable) => void
  /** Whether anybody still wants it to begin. */
  readonly isWanted: () => boolean
}

/** A process that was begun, in whatever way. */
export interface Begun {
  /** How it ended, in words. */
  readonly ended: Promise<string>
  /** Resolves when all that it said is heard. */
  readonly heard: Promise<unknown>
  /** Ask it to end. */
  terminate(): void
  /** Hear no more of it. */
  letGo(): void
}

/** A way to begin one. @throws the system's error where it has no room for one more process */
export type Begin = (beginning: Beginning) => Begun

/** How a process ended, in words. */
export function endInWords(code: number | null, signal: string | null): string {
  return signal === null ? `it ended with ${code}` : `it was ended by ${signal}`
}

/** The system's own word for an error. */
export function codeOf(error: unknown): string {
  return Error.isError(error) && 'code' in error ? String(error.code) : 'unknown'
}
