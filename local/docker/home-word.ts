import { sha256Hex } from '../../lib/rules/digest.ts'
import type { Home } from '../home.ts'

/** A home in one word: what it has in the Docker engine is told from what others have there by it. */
export function homeWord({ root }: Pick<Home, 'root'>): string {
  return sha256Hex(root).slice(0, 12)
}
