import type { Ports } from '../ports.ts'

/** Every port over AWS. None is built yet, and a deployed function says so when it starts. */
export function awsPorts(): Ports {
  throw new Error(
    'this version of Sluice runs on a laptop only: its adapters for AWS are not built yet (README, "What works today")',
  )
}
