import { isPlatformName, platformNameShape } from '../rules/names.ts'

/** The name of a platform whose person gave it none. */
export const defaultPlatformName = 'sluice'

/** @throws Error where a name cannot begin the names of a platform's resources */
export function checkedPlatformName(name: string = defaultPlatformName): string {
  if (!isPlatformName(name)) throw new Error(`platformName must be ${platformNameShape}, got: '${name}'`)
  return name
}
