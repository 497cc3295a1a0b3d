/** The name of a platform whose person gave it none. */
export const defaultPlatformName = 'sluice'

/** @throws Error where a name cannot begin the names of a platform's resources */
export function checkedPlatformName(name: string = defaultPlatformName): string {
  // No hyphen: the rights of one platform end at the first, and must not reach another whose name begins alike.
  if (!/^[a-z][a-z0-9]{1,11}$/.test(name))
    throw new Error(`platformName must be 2 to 12 of a-z and 0-9, a letter first, got: '${name}'`)
  return name
}
