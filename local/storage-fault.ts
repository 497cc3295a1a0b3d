import { Problem } from '../lib/rules/problem.ts'

/**
 * The disk took no more: nothing was written, and the same may be done again once there is room. At the door it is a
 * problem like any other; a machine that meets it waits.
 */
export class StorageFault extends Problem {}

const fullDisk = new Set(['ENOSPC', 'EDQUOT'])
const deadDisk = new Set(['EROFS', 'EIO'])

/** Primary result codes of SQLite: FULL; and READONLY, IOERR, CANTOPEN. */
const sqliteFull = 13
const sqliteDead = new Set([8, 10, 14])

/** An error of the file system or of SQLite as the fault of the disk that it tells of; undefined for all others. */
export function storageFaultOf(error: unknown): StorageFault | undefined {
  if (error instanceof StorageFault) return error
  if (!Error.isError(error)) return undefined
  const { code, errcode } = error as { code?: string; errcode?: number }
  // Extended result codes keep the primary one in their lowest byte.
  const sqlite = code === 'ERR_SQLITE_ERROR' && errcode !== undefined ? errcode & 0xff : undefined
  if (sqlite === sqliteFull || fullDisk.has(code ?? ''))
    return new StorageFault('disk-full', 'the disk of the platform is full; make room and try again')
  if (sqliteDead.has(sqlite ?? 0) || deadDisk.has(code ?? ''))
    return new StorageFault('platform-fault', 'the disk of the platform cannot be written')
  return undefined
}
