import type { Protection, Scenario } from './world.ts'

const one = { versions: 2, ready: [0], served: [{ alias: 0, versions: [0] }] } as const
const two = { versions: 2, ready: [0, 1], served: [{ alias: 0, versions: [0] }] } as const
const three = { versions: 3, ready: [0, 1, 2], served: [{ alias: 0, versions: [0, 1] }] } as const
const promotion = (version: number, steps: number) =>
  ({ kind: 'promotion', version, alias: 0, steps }) as const
const back = { kind: 'rollback', alias: 0 } as const

/** Small worlds, each for a meeting of its own; together they are the protocol as far as two cores walk it in two minutes. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'first release',
    tells: 'a first version is released and goes live',
    versions: 1,
    operations: [
      { kind: 'release', version: 0, upload: 0, starts: 1 },
      { ...promotion(0, 0), ofRelease: true },
    ],
  },
  {
    name: 'concurrent push',
    tells: 'two uploads under one version, one of them goes live',
    versions: 1,
    operations: [
      { kind: 'release', version: 0, upload: 0, starts: 2 },
      { kind: 'release', version: 0, upload: 1 },
      { ...promotion(0, 0), ofRelease: true },
    ],
  },
  {
    name: 'promotion against rollback',
    tells: 'a canary of one step, and a rollback by hand',
    ...two,
    operations: [promotion(1, 1), back],
  },
  {
    name: 'two promotions',
    tells: 'two versions are promoted at once',
    ...three,
    operations: [promotion(2, 1), promotion(0, 0)],
  },
  {
    name: 'rollback against promotion',
    tells: 'a rollback to the version before, and a third version all at once',
    ...three,
    operations: [promotion(2, 0), back],
  },
  {
    name: 'retirement of what is promoted',
    tells: 'a version is promoted and retired at once',
    ...three,
    operations: [promotion(2, 1), { kind: 'retirement', version: 2 }],
  },
  {
    name: 'retirement of a way back',
    tells: 'the version before is retired, rolled back to, and replaced as the way back',
    ...three,
    operations: [promotion(2, 0), { kind: 'retirement', version: 0 }, { kind: 'rollback', alias: 0, to: 2 }],
  },
  {
    name: 'approval',
    tells: 'a promotion waits; one approves, one rejects, and it expires',
    ...two,
    operations: [
      { ...promotion(1, 1), needsApproval: true },
      { kind: 'decision', of: 0, decides: 'approve' },
      { kind: 'decision', of: 0, decides: 'reject' },
      { kind: 'decision', of: 0, decides: 'expire' },
    ],
  },
  {
    name: 'a lost endpoint',
    tells: 'the canary loses its endpoint at any moment, and somebody rolls back',
    ...two,
    loses: 1,
    operations: [promotion(1, 1), back],
  },
  {
    name: 'promotion, staging and retirement',
    tells: 'one version goes to two aliases while another is retired and one rolls back',
    ...three,
    operations: [promotion(2, 1), { ...promotion(2, 0), alias: 1 }, { kind: 'retirement', version: 0 }, back],
  },
  {
    name: 'release under traffic',
    tells: 'a version is released, its canary starts by itself, and somebody rolls back',
    ...one,
    operations: [
      { kind: 'release', version: 1, upload: 0, starts: 1 },
      { ...promotion(1, 1), ofRelease: true },
      back,
    ],
  },
  {
    name: 'two rollbacks',
    tells: 'a canary, and two people who roll back',
    ...two,
    operations: [promotion(1, 1), back, back],
  },
]

/** Too large to be walked to its end, and walked for what only it finds. */
export const partly: Readonly<Partial<Record<Protection, Scenario>>> = {
  stillOurs: {
    name: 'one canary after another',
    tells: 'a canary is rolled back by hand, and the next one begins while the first still ends',
    ...three,
    operations: [promotion(2, 1), back, promotion(0, 1)],
  },
}

/** Worlds small enough to be walked once for each protection. */
export const small = scenarios.slice(0, 9)

/**
 * Protections that another one makes redundant: with both gone a promise breaks, with one alone none does. The reason is
 * for people.
 */
export const redundant: Readonly<
  Partial<Record<Protection, { readonly beside: readonly Protection[]; readonly because: string }>>
> = {
  readyCondition: {
    beside: ['readyLook'],
    because: 'each move looks by itself, and leaving READY is a move, so the revision seen guards the look',
  },
  movedByMe: {
    beside: ['movedOnce'],
    because: 'the history tells the same; `by` saves reading it',
  },
}
