import { environment } from '../../lib/wiring/environment.ts'

/** What a construct told this function in its environment. @throws Error where it did not */
export function setting(name: keyof typeof environment): string {
  const value = process.env[environment[name]]
  if (value === undefined || value === '')
    throw new Error(
      `the environment variable ${environment[name]} is not set: was this function made by Sluice?`,
    )
  return value
}
