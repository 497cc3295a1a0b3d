import type { DatabaseSync } from 'node:sqlite'
import type { ApiKeys, Revocation } from '../lambdas/ports.ts'
import type { ApiKeyRecord } from '../lib/rules/api-key.ts'
import { inTransaction, written } from './database.ts'

/**
 * Keys in the registry's database. This process owns the file, so what was read once is kept in memory: a call costs no
 * disk, and a revocation holds from the next call on.
 */
export class SqliteApiKeys implements ApiKeys {
  readonly #database: DatabaseSync
  readonly #known = new Map<string, ApiKeyRecord>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  async find(id: string): Promise<ApiKeyRecord | undefined> {
    const known = this.#known.get(id)
    if (known !== undefined) return known
    const key = this.#read(id)
    if (key !== undefined) this.#known.set(id, key)
    return key
  }

  async list(): Promise<ApiKeyRecord[]> {
    const rows = this.#database.prepare('select record from api_keys order by rowid').all()
    return rows.map((row) => JSON.parse(String(row['record'])) as ApiKeyRecord)
  }

  async create(key: ApiKeyRecord): Promise<boolean> {
    const insert = this.#database.prepare('insert or ignore into api_keys (id, record) values (?, ?)')
    return written(() => insert.run(key.id, JSON.stringify(key))).changes === 1
  }

  async revoke(id: string, revocation: Revocation): Promise<ApiKeyRecord | undefined> {
    const standing = inTransaction(this.#database, () => {
      const key = this.#read(id)
      if (key === undefined || key.revokedAt !== undefined) return key
      const revoked = { ...key, ...revocation }
      this.#database.prepare('update api_keys set record = ? where id = ?').run(JSON.stringify(revoked), id)
      return revoked
    })
    this.#known.delete(id)
    return standing
  }

  #read(id: string): ApiKeyRecord | undefined {
    const row = this.#database.prepare('select record from api_keys where id = ?').get(id)
    return row === undefined ? undefined : (JSON.parse(String(row['record'])) as ApiKeyRecord)
  }
}
