/** The server is not there: starting again, or gone in the middle of a request. */
export class ServerGone extends Error {
  override readonly name = 'ServerGone'
  /** When it is worth trying again. */
  readonly backInMs: number

  constructor(message: string, backInMs = 1000) {
    super(message)
    this.backInMs = backInMs
  }
}

/** No answer in time: the process is stuck, since a prediction blocks it, and only SIGKILL ended that. */
export class ServerHung extends Error {
  override readonly name = 'ServerHung'
}

/** The server lives, and has given no answer that could be read. */
export class AnswerBroken extends Error {
  override readonly name = 'AnswerBroken'
}

/** The model cannot be loaded. The message is the reason, for people. */
export class LoadFailed extends Error {
  override readonly name = 'LoadFailed'
}

/** Thrown into a request that was with a server that is now left to another model: it is asked again elsewhere. */
export class Displaced extends Error {
  override readonly name = 'Displaced'
}

/** Thrown at a caller that has no answer in time: it waited behind others, or the server is stuck. */
export class Overdue extends Error {
  override readonly name = 'Overdue'
}
