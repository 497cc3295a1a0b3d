/**
 * How long a version takes, as its answers have shown. Requests that wait go to the model together, so a batch costs
 * a first record and, often much less, each further one.
 */
export interface Pace {
  /** The last few batches of one record, in milliseconds; none until one was answered. */
  readonly onesMs?: readonly number[]
  /** What each further record added, in milliseconds, in the last few batches of several. */
  readonly moreMs?: readonly number[]
  /** How many further records there were in all batches of several: what few of them show proves nothing. */
  readonly further?: number
  /** Batches of one since the last of several. */
  readonly singles?: number
}

/** What is under way for a version when somebody asks. */
export interface Line {
  /** Records of the batch that is being predicted; 0 where none is. */
  readonly runningRecords: number
  /** How long it has been, in milliseconds. */
  readonly runningForMs: number
  /** Records that wait for their turn. */
  readonly waitingRecords: number
  /** How long the first of them has waited, in milliseconds. @default 0 */
  readonly waitingForMs?: number
  /** Nothing is predicted because its server is starting. */
  readonly isStarting?: boolean
}

/** A wait that nobody takes for an overload, in milliseconds: shorter ones are mostly the machine's own unrest. */
const unnoticedMs = 50
/** Whoever is admitted to a version that gains nothing from batches is answered within this many times what a caller alone waits. */
const mostTimes = 2
/** A version gains from batches where a further record costs at most this part of a first one: less than what fading makes of it at once. */
const gainful = 0.4
/** Of such a version a batch may take so many times what one record takes, where it gains that much, or a tenth of a second. */
const mostBatchTimes = 4
const unnoticedBatchMs = 100
/** While nothing is known of a version's pace. */
const mostUnknown = 64
/** How batches of several do is found out by trying: as many as would take this long if each took its full time, or two. */
const mostTriedMs = 1000

/** Whoever waits for a start is answered within this from then on, in milliseconds. */
const afterStartMs = 1000

/** A batch that lasts this much longer than expected is not late, it is stuck: factor, and milliseconds on top. */
const stuckTimes = 4
const stuckMs = 500

/** So many batches of one and of several are remembered. */
const remembered = 5
/** So many further records prove how batches of several do. */
const proving = 8
/** After so many batches of one in a row, what is remembered of several counts half. */
const forgottenAfter = 2000

/**
 * Learn from a batch. A machine that is busy with other things makes a batch slow now and then, and that is no reason to
 * send callers away, nor to let more of them wait: of single records the median of the last few counts, of several the
 * best. Where only single records are taken on, what is remembered of several fades, so that a version that was slow once
 * is given another try.
 */
export function paceAfter(
  { onesMs = [], moreMs = [], further = 0, singles = 0 }: Pace,
  records: number,
  tookMs: number,
): Pace {
  if (records > 1) {
    const oneMs = median(onesMs)
    if (oneMs === undefined) return {}
    const seen = Math.max(0, (tookMs - oneMs) / (records - 1))
    return { onesMs, moreMs: [...moreMs, seen].slice(-remembered), further: further + records - 1 }
  }
  const ones = { onesMs: [...onesMs, tookMs].slice(-remembered) }
  if (singles < forgottenAfter) return { ...ones, moreMs, further, singles: singles + 1 }
  return { ...ones, moreMs: moreMs.map((ms) => ms / 2), further }
}

/** The middle one; of an even number the smaller of the two. */
function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)]
}

/**
 * Whether one more record is taken on. What is beyond is shed, so that those who are served are served well, and the
 * rest know at once. Only what is expected counts: that a batch lasts longer than it should is no reason to refuse what
 * comes meanwhile, until it is stuck. A machine that stands still for a moment is not asked for too much.
 */
export function admits(pace: Pace, line: Line): boolean {
  const { onesMs = [], moreMs = [], further = 0 } = pace
  const oneMs = median(onesMs)
  const { runningRecords, runningForMs, waitingRecords, waitingForMs = 0, isStarting = false } = line
  if (runningRecords === 0 && waitingRecords === 0) return true
  if (oneMs === undefined) return runningRecords + waitingRecords < mostUnknown
  const furtherMs = Math.min(...moreMs, oneMs)
  const batchMs = (records: number) => oneMs + (records - 1) * furtherMs
  const expectedMs = runningRecords === 0 ? 0 : batchMs(runningRecords)
  if (runningForMs > stuckTimes * expectedMs + stuckMs) return false
  if (isStarting) return batchMs(waitingRecords + 1) <= Math.max(afterStartMs, mostTimes * oneMs)
  if (further < proving) return waitingRecords < 2 || (waitingRecords + 1) * oneMs <= mostTriedMs
  const ownMs = batchMs(waitingRecords + 1)
  const waitMs = Math.max(0, expectedMs - runningForMs)
  if (furtherMs <= gainful * oneMs) return Math.max(waitMs, ownMs) <= mostBatchMs(oneMs, furtherMs)
  // Whoever joins a batch makes it longer for those who wait for it already.
  return Math.min(waitingForMs, expectedMs) + waitMs + ownMs <= Math.max(unnoticedMs, mostTimes * oneMs)
}

/**
 * How long a batch may get of a version that gains from batches. All that waits goes with the next one, so nobody waits
 * for more than two of them, and the longer they are, the more is answered: whoever is refused would not have been late.
 */
function mostBatchMs(oneMs: number, furtherMs: number): number {
  const gain = furtherMs * mostBatchTimes > oneMs ? oneMs / furtherMs : mostBatchTimes
  return Math.max(unnoticedBatchMs, gain * oneMs)
}
