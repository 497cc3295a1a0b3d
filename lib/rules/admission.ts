/**
 * How long a version takes, as its answers have shown. Requests that wait go to the model together, so a batch costs
 * a first record and, often much less, each further one.
 */
export interface Pace {
  /** A batch of one record, in milliseconds; undefined until one was answered. */
  readonly oneMs?: number
  /** What each further record of a batch adds, in milliseconds; undefined until a batch of several was answered. */
  readonly moreMs?: number
}

/** What is under way for a version when somebody asks. */
export interface Line {
  /** Records of the batch that is being predicted; 0 where none is. */
  readonly runningRecords: number
  /** How long it has been, in milliseconds. */
  readonly runningForMs: number
  /** Records that wait for their turn. */
  readonly waitingRecords: number
}

/** A wait that nobody takes for an overload, in milliseconds: shorter ones are mostly the machine's own unrest. */
const unnoticedMs = 50
/** Whoever is admitted is answered within this many times what a caller alone waits. */
const mostTimes = 2
/** A batch that costs this many times what one record costs, or less, is taken on whatever it waits for: it waits for one like it. */
const hardlyMore = 1.1
/** While nothing is known of a version's pace, and while nothing is known of how batches of several do. */
const mostUnknown = 64
const mostTried = 16

/** A batch that lasts this much longer than expected is not late, it is stuck: factor, and milliseconds on top. */
const stuckTimes = 4
const stuckMs = 500

const weightOfNew = 0.3
const forgetting = 0.999

/**
 * Learn from a batch. With every batch of one a little is forgotten of what several cost, so that a version that was
 * slow once, on a machine that was busy with other things, is given another try.
 */
export function paceAfter(pace: Pace, records: number, tookMs: number): Pace {
  const { oneMs, moreMs } = pace
  if (records <= 1)
    return {
      oneMs: oneMs === undefined ? tookMs : nearer(oneMs, tookMs),
      ...(moreMs !== undefined && { moreMs: moreMs * forgetting }),
    }
  if (oneMs === undefined) return pace
  const seen = Math.max(0, (tookMs - oneMs) / (records - 1))
  return { oneMs, moreMs: moreMs === undefined ? seen : nearer(moreMs, seen) }
}

function nearer(known: number, seen: number): number {
  return known + weightOfNew * (seen - known)
}

/**
 * Whether one more record is taken on: whether it would be answered within twice the time that a caller alone waits,
 * or within 50 ms. What is beyond is shed, so that those who are served are served well, and the rest know at once.
 */
export function admits(pace: Pace, line: Line): boolean {
  const { runningRecords, runningForMs, waitingRecords } = line
  if (runningRecords === 0 && waitingRecords === 0) return true
  if (pace.oneMs === undefined) return runningRecords + waitingRecords < mostUnknown
  const expectedMs = runningRecords === 0 ? 0 : batchMs(pace, runningRecords)
  if (runningForMs > stuckTimes * expectedMs + stuckMs) return false
  const wait = Math.max(0, expectedMs - runningForMs)
  // How batches of several do is only known by trying one.
  if (pace.moreMs === undefined && waitingRecords < mostTried) return true
  const ownMs = batchMs(pace, waitingRecords + 1)
  return ownMs <= hardlyMore * pace.oneMs || wait + ownMs <= Math.max(unnoticedMs, mostTimes * pace.oneMs)
}

function batchMs({ oneMs = 0, moreMs = oneMs }: Pace, records: number): number {
  return oneMs + (records - 1) * moreMs
}
