/** How a runtime's server is started. `serve --socket PATH` is added to its arguments. */
export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** The most memory it and what it starts may take, in MiB. */
  readonly memoryMb: number
  /** Whether the command, with the argument `warm`, forks servers that start warm. @default false */
  readonly hasWarmParent?: boolean
}
