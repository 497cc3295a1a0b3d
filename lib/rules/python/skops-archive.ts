import { Unzip, UnzipInflate, UnzipPassThrough } from 'fflate/browser'
import { Problem } from '../problem.ts'
import { joined, pieceBytes } from './bounded-inflate.ts'
import type { Unread } from './pickle-file.ts'
import type { PickledValue } from './pickle-stream.ts'
import { SkopsTree } from './skops-tree.ts'

/** The description of a model that is looked through, in bytes: about 2000 trees. */
const mostSchemaBytes = 64 * 2 ** 20
/** Enough of an array's file for its type and shape. */
const headerBytes = 512
const mostMembers = 100_000

const schemaFile = 'schema.json'

/**
 * Read what `skops.io.dump` wrote: a zip with a tree of JSON, and beside it the arrays, of which the headers are read.
 * @throws Problem `artifact-corrupt` where it is no such file
 */
export function readSkopsFile(bytes: Uint8Array): PickledValue | Unread {
  const members = membersOf(bytes)
  const schema = members.get(schemaFile)
  if (schema === undefined) throw corrupt(`it is no zip with a ${schemaFile}`)
  if (schema.length > mostSchemaBytes)
    return { unread: `its ${schemaFile} unpacks to more than ${mostSchemaBytes / 2 ** 20} MiB` }
  const tree = new SkopsTree(jsonOf(schema), (file) => members.get(file)?.bytes())
  return { value: tree.value(), globals: tree.globals() }
}

function jsonOf(schema: Member): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(schema.bytes()))
  } catch {
    throw corrupt(`its ${schemaFile} is no JSON`)
  }
}

/** The beginning of a member of the zip, as far as it is wanted. */
class Member {
  length = 0
  private readonly most: number
  private readonly chunks: Uint8Array[] = []

  constructor(most: number) {
    this.most = most
  }

  /** @returns whether more is wanted */
  add(chunk: Uint8Array): boolean {
    if (this.length <= this.most) this.chunks.push(chunk.slice(0, this.most + 1 - this.length))
    this.length += chunk.length
    return this.length <= this.most
  }

  bytes(): Uint8Array {
    return joined(
      this.chunks,
      this.chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    )
  }
}

function membersOf(bytes: Uint8Array): ReadonlyMap<string, Member> {
  const members = new Map<string, Member>()
  const unzip = new Unzip((file) => {
    if (members.size >= mostMembers || members.has(file.name)) throw corrupt('it has too many files in it')
    const member = new Member(file.name === schemaFile ? mostSchemaBytes : headerBytes)
    members.set(file.name, member)
    let wanted = true
    file.ondata = (error, chunk) => {
      if (error !== null) throw error
      if (!wanted) return
      wanted = member.add(chunk)
      if (!wanted) file.terminate()
    }
    file.start()
  })
  unzip.register(UnzipInflate)
  unzip.register(UnzipPassThrough)
  try {
    for (let at = 0; at < bytes.length; at += pieceBytes)
      unzip.push(bytes.subarray(at, at + pieceBytes), at + pieceBytes >= bytes.length)
  } catch {
    throw corrupt('it is no zip, or a damaged one')
  }
  return members
}

function corrupt(reason: string): Problem {
  return new Problem(
    'artifact-corrupt',
    `the file ends in .skops, and skops did not write it so: ${reason}; save it again with skops.io.dump, and compare ` +
      'its size before and after the upload',
  )
}
