import type { DatabaseSync } from 'node:sqlite'
import type { Manifest } from '../../lib/rules/manifest.ts'

const schema = `
create table if not exists endpoints (
  name text primary key,
  image text not null,
  limits text not null default '{}',
  model text not null default '',
  version text not null default '',
  created_at integer not null default 0
) strict`

/** What later versions of Sluice have added, with how a home of an earlier one gets it. */
const added = {
  limits: "text not null default '{}'",
  model: "text not null default ''",
  version: "text not null default ''",
  created_at: 'integer not null default 0',
}

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

/** Of which version an endpoint is: '' and 0 in a home of an earlier version of Sluice, which did not write it down. */
export interface MadeRow {
  readonly name: string
  /** The folder of its image. */
  readonly image: string
  readonly model: string
  readonly version: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
}

/** An endpoint with all that is written down of it. */
export interface WrittenRow extends EndpointRow, Omit<MadeRow, 'createdAt'> {
  /** Milliseconds since the epoch. @default 0: not known */
  readonly createdAt?: number
}

/** Which endpoints there are, by their names. */
export class EndpointTable {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
    database.exec(schema)
    const columns = database.prepare("select name from pragma_table_info('endpoints')").all()
    for (const [column, type] of Object.entries(added))
      if (!columns.some(({ name }) => name === column))
        database.exec(`alter table endpoints add column ${column} ${type}`)
  }

  find(name: string): EndpointRow | undefined {
    const row = this.#database.prepare('select image, limits from endpoints where name = ?').get(name)
    return row && { name, image: String(row['image']), limits: JSON.parse(String(row['limits'])) }
  }

  /** Every one that there is. */
  all(): MadeRow[] {
    const rows = this.#database.prepare('select name, image, model, version, created_at from endpoints').all()
    return rows.map((row) => ({
      name: String(row['name']),
      image: String(row['image']),
      model: String(row['model']),
      version: String(row['version']),
      createdAt: Number(row['created_at']),
    }))
  }

  put({ name, image, limits, model, version, createdAt = 0 }: WrittenRow): void {
    this.#database
      .prepare(
        'insert or replace into endpoints (name, image, limits, model, version, created_at) values (?, ?, ?, ?, ?, ?)',
      )
      .run(name, image, JSON.stringify(limits), model, version, createdAt)
  }

  remove(name: string): void {
    this.#database.prepare('delete from endpoints where name = ?').run(name)
  }
}
