export const architectures = ['arm64', 'x86_64'] as const
export type Architecture = (typeof architectures)[number]

/** The processor that a version is made for: the cheaper one on Lambda, the only one on SageMaker, unless it says. */
export function architectureOf(host: {
  readonly kind: string
  readonly architecture?: Architecture | undefined
}): Architecture {
  return host.architecture ?? (host.kind === 'lambda' ? 'arm64' : 'x86_64')
}
