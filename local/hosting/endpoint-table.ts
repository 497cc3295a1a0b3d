import type { DatabaseSync } from 'node:sqlite'
import type { Manifest } from '../../lib/rules/manifest.ts'

const schema = `
create table if not exists endpoints (
  name text primary key,
  image text not null,
  limits text not null default '{}'
) strict`

/** What a version's manifest asks of the machine. */
export interface EndpointLimits {
  readonly memoryMb?: number
  readonly maxConcurrency?: number
}

export function endpointLimits(manifest: Pick<Manifest, 'host'> | undefined): EndpointLimits {
  if (manifest === undefined) return {}
  const { memoryMb, maxConcurrency } = manifest.host
  return { memoryMb, ...(maxConcurrency !== undefined && { maxConcurrency }) }
}

/** An endpoint of the laptop, as it is written down. */
export interface EndpointRow {
  readonly name: string
  /** The folder of its image. */
  readonly image: string
  readonly limits: EndpointLimits
}

/** Which endpoints there are, by their names. */
export class EndpointTable {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
    database.exec(schema)
    // Homes of an earlier version have no limits.
    const columns = database.prepare("select name from pragma_table_info('endpoints')").all()
    if (!columns.some(({ name }) => name === 'limits'))
      database.exec("alter table endpoints add column limits text not null default '{}'")
  }

  find(name: string): EndpointRow | undefined {
    const row = this.#database.prepare('select image, limits from endpoints where name = ?').get(name)
    return row && { name, image: String(row['image']), limits: JSON.parse(String(row['limits'])) }
  }

  put({ name, image, limits }: EndpointRow): void {
    this.#database
      .prepare('insert or replace into endpoints (name, image, limits) values (?, ?, ?)')
      .run(name, image, JSON.stringify(limits))
  }

  remove(name: string): void {
    this.#database.prepare('delete from endpoints where name = ?').run(name)
  }
}
