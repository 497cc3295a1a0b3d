import type { Door } from '../harness/deployed/place.ts'

/** By which name each platform of a visit can be chosen. */
export const doorNames = ['iam', 'keys', 'rest'] as const
export type DoorName = (typeof doorNames)[number]

/**
 * The platforms of a visit, all named after it: the README's, one for keys, and one behind a REST API.
 * @param visit 8 characters, so that a letter more is still the name of a platform
 */
export function doorsOf(visit: string, chosen: readonly DoorName[] = doorNames): readonly Door[] {
  const all: Readonly<Record<DoorName, Door>> = {
    iam: { stack: `Sluice-${visit}`, platformName: visit, gateway: 'HTTP', callers: 'iam' },
    keys: { stack: `Sluice-${visit}k`, platformName: `${visit}k`, gateway: 'HTTP', callers: 'keys' },
    rest: { stack: `Sluice-${visit}r`, platformName: `${visit}r`, gateway: 'REST', callers: 'keys' },
  }
  return chosen.map((name) => all[name])
}

/** How the app is told the visit and the doors: it runs as a process of the CDK. */
export const visitVariable = 'SLUICE_ACCOUNT_VISIT'
export const doorsVariable = 'SLUICE_ACCOUNT_DOORS'

/** @throws Error for a door that there is not */
export function chosenDoors(said: string | undefined): readonly DoorName[] {
  if (said === undefined || said === '') return doorNames
  return said.split(',').map((name) => {
    const door = doorNames.find((one) => one === name)
    if (door === undefined)
      throw new Error(
        `${doorsVariable} names '${name}'; allowed are ${doorNames.join(', ')}, with commas between`,
      )
    return door
  })
}

/** The tag that everything of a visit's stacks bears. */
export const visitTag = 'sluice-account-visit'
/** The model that the role of a visit may call; it may nothing else. */
export const callableModel = 'iris'
