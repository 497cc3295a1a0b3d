import { bytesToHex } from '@noble/hashes/utils.js'
import type { Access, Grant, Scope } from './access.ts'
import { sha256Hex } from './digest.ts'

/** What is kept of a key: everything but the key. Never deleted, so that it is always known who could do what. */
export interface ApiKeyRecord {
  readonly id: string
  /** What it is for, in people's words. */
  readonly name: string
  /** SHA-256 of the whole key, in hex. */
  readonly hash: string
  readonly scopes: readonly Scope[]
  /** Names of models, or `*`. */
  readonly models: readonly string[]
  /** The aliases that the scope `promote` is for; absent where it is for each. */
  readonly aliases?: readonly string[]
  /** RFC 3339, UTC, as all times here. */
  readonly createdAt: string
  readonly createdBy: string
  /** From then on it opens nothing. */
  readonly expiresAt?: string
  readonly revokedAt?: string
  readonly revokedBy?: string
}

export type ApiKeyState = 'active' | 'expired' | 'revoked'

/** A key that was presented, in its parts. */
export interface PresentedKey {
  readonly id: string
  readonly text: string
}

/** What a key turned out to be. */
export type KeyVerdict =
  | { readonly good: true; readonly access: Access }
  | { readonly good: false; readonly reason: string }

/** Every key begins so: what scans for leaked secrets finds it by this. */
export const keyPrefix = 'sluice_'
/** 256 bits: nobody guesses it, so a fast hash of it is enough (docs/access.md). */
export const secretBytes = 32
/** 64 bits: enough to tell keys apart. */
export const keyIdBytes = 8

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
/** 62^43 is just more than 2^256, and 62^6 than 2^32. */
const secretLength = 43
const checksumLength = 6
const shape = /^sluice_([0-9a-f]{16})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/

/**
 * A key as its owner sees it: `sluice_`, the id, and a secret with a checksum at its end, by which a mistyped or cut
 * key is told from a wrong one, and a leaked one from any other text. A double click selects all of it.
 * @param id 8 random bytes @param secret 32 random bytes
 */
export function formKey(id: Uint8Array, secret: Uint8Array): PresentedKey {
  if (id.length !== keyIdBytes || secret.length !== secretBytes)
    throw new Error(`a key is made of ${keyIdBytes} and ${secretBytes} random bytes`)
  const hex = bytesToHex(id)
  const plain = `${keyPrefix}${hex}_${inDigits(BigInt(`0x${bytesToHex(secret)}`), secretLength)}`
  return { id: hex, text: plain + checksumOf(plain) }
}

/** Whether a text has the form of a key's id. */
export function isKeyId(text: string): boolean {
  return /^[0-9a-f]{16}$/.test(text)
}

/** Whether a text is meant to be a key, good or not. */
export function looksLikeKey(text: string): boolean {
  return text.startsWith(keyPrefix)
}

/** Read a key. @returns undefined for what is no key, or one that was mistyped or cut */
export function parseKey(text: string): PresentedKey | undefined {
  const [, id] = shape.exec(text) ?? []
  if (id === undefined || checksumOf(text.slice(0, -checksumLength)) !== text.slice(-checksumLength))
    return undefined
  return { id, text }
}

/** What is stored of a key: its secret is random and long, so nobody finds it by trying, however fast the hash. */
export function keyHash(key: PresentedKey): string {
  return sha256Hex(key.text)
}

/** @param now milliseconds since the epoch */
export function keyState({ expiresAt, revokedAt }: ApiKeyRecord, now: number): ApiKeyState {
  if (revokedAt !== undefined) return 'revoked'
  // A time that cannot be read has come.
  return expiresAt === undefined || now < Date.parse(expiresAt) ? 'active' : 'expired'
}

/** Whose key it is, as the history names it: names may come again after a revocation, ids never. */
export function keyActor({ name, id }: Pick<ApiKeyRecord, 'name' | 'id'>): string {
  return `key ${name} (${id})`
}

/** Every scope of every model that the key names; `promote` of each alias, where it names some. */
export function keyGrants({
  scopes,
  models,
  aliases,
}: Pick<ApiKeyRecord, 'scopes' | 'models' | 'aliases'>): Grant[] {
  return models.flatMap((model) =>
    scopes.flatMap((scope): Grant[] =>
      scope === 'promote' && aliases !== undefined
        ? aliases.map((alias) => ({ scope, model, alias }))
        : [{ scope, model }],
    ),
  )
}

/**
 * Judge a key against what is stored under its id. Who does not have the whole key learns nothing about it.
 * @param now milliseconds since the epoch
 */
export function judgeKey(record: ApiKeyRecord | undefined, presented: PresentedKey, now: number): KeyVerdict {
  // Compared where there is no record, too, so that ids cannot be told apart by time.
  const same = equalInConstantTime(record?.hash ?? noHash, keyHash(presented))
  if (record === undefined || record.id !== presented.id || !same)
    return { good: false, reason: 'the key is unknown here' }
  const state = keyState(record, now)
  if (state === 'revoked') return { good: false, reason: `the key was revoked at ${record.revokedAt}` }
  if (state === 'expired') return { good: false, reason: `the key expired at ${record.expiresAt}` }
  return { good: true, access: { actor: keyActor(record), grants: keyGrants(record) } }
}

const noHash = '0'.repeat(64)

/** In a time that tells the lengths alone. */
function equalInConstantTime(one: string, other: string): boolean {
  let difference = one.length ^ other.length
  for (let i = 0; i < one.length; i += 1) difference |= one.charCodeAt(i) ^ other.charCodeAt(i)
  return difference === 0
}

function checksumOf(text: string): string {
  return inDigits(BigInt(`0x${sha256Hex(text).slice(0, 8)}`), checksumLength)
}

function inDigits(value: bigint, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest /= 62n) text = digits[Number(rest % 62n)] + text
  return text
}
