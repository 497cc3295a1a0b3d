import { describe, expect, test } from '@jest/globals'
import { momentName, momentOf, monitoringKeys } from '../../lib/wiring/monitoring-layout.ts'

const at = Date.UTC(2026, 2, 1, 10)

describe('the keys of what monitoring keeps', () => {
  test('lie under the version that they tell of', () => {
    expect(monitoringKeys.window('churn', '1.4.0', at)).toBe('churn/1.4.0/windows/2026-03-01T10-00-00Z.json')
    for (const key of ['baseline', 'windows', 'breaches', 'notices'] as const)
      expect(monitoringKeys[key]('churn', '1.4.0')).toMatch(/^churn\/1\.4\.0\//)
    expect(monitoringKeys.notice('churn', '1.4.0', 'a')).toMatch(/^churn\/1\.4\.0\/notices\//)
    expect(monitoringKeys.forgotten('churn')).toMatch(/^churn\/[^/]+$/)
    expect(monitoringKeys.webhookSecret('churn')).toMatch(/^churn\/[^/]+$/)
  })

  test('tell the moment of a window again, and of nothing else', () => {
    expect(momentOf(monitoringKeys.window('churn', '1.4.0', at))).toBe(at)
    expect(momentOf(monitoringKeys.baseline('churn', '1.4.0'))).toBeUndefined()
    expect(momentName(at) < momentName(at + 1000)).toBe(true)
  })
})
