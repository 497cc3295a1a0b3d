import type { Settings } from '../../lambdas/ports.ts'

/** Settings of a platform that demands no approval and looks often. @param facts what differs */
export function settingsWith(facts: Partial<Settings> = {}): Settings {
  return {
    platform: 'test',
    lookIntervalMs: 200,
    pollIntervalMs: 50,
    approvals: {},
    approvalLinks: false,
    allowUnsafePickle: false,
    recordsCalls: true,
    ...facts,
  }
}
