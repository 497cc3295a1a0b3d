/** What a model server answered. */
export interface ServerAnswer {
  readonly status: number
  readonly body: Uint8Array
  /** Of a server that is not ours: what it says of its answer. */
  readonly contentType?: string
}

/** A process of a runtime's server, whatever it runs in: spoken to by HTTP, and ended from here. */
export interface ServerProcess {
  /** Resolves when it has ended, with the reason in words. */
  readonly ended: Promise<string>
  /** It answers many at a time: one that gets no answer does not show that it hangs, while others get theirs. */
  readonly answersMany?: boolean
  /** Wait until it answers at /ping as it should. @throws Error where it ends before */
  listens(ready: (status: number) => boolean): Promise<void>
  /** One request. @throws Error where the process goes away */
  ask(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: string | Uint8Array | null,
    contentType?: string,
    accept?: string,
  ): Promise<ServerAnswer>
  /** What keeps it from being ready, in words that follow on a reason, as far as that can be said. */
  lacks?(): string | undefined
  /** The model that it has worked on last, as far as it says so: who is to blame where it hangs or has died. */
  doing(): string | undefined
  /** End it at once. A prediction that hangs hears nothing else. */
  kill(why: string): void
  /** Let it answer what it has begun, then end it. */
  stop(): Promise<void>
}
