import { describe, expect, test } from '@jest/globals'
import { endpointTags, isTaggedAsOurs } from '../../lib/rules/endpoint-tags.ts'
import { resourceName } from '../../lib/rules/names.ts'

const name = resourceName('sluice', 'churn', '1.0.0')

test("a person's own tags stand beside ours, and never in their place", () => {
  expect(endpointTags('sluice', 'churn', '1.0.0', { team: 'growth', 'sluice:model': 'fraud' })).toEqual({
    team: 'growth',
    'sluice:platform': 'sluice',
    'sluice:model': 'churn',
    'sluice:version': '1.0.0',
  })
})

describe('a resource of this name', () => {
  const ours = endpointTags('sluice', 'churn', '1.0.0')
  const { 'sluice:version': _, ...half } = ours

  test.each([
    ['with our tags is ours', { ...ours, cost: 'centre 4' }, true],
    ['without tags is not', {}, false],
    ["of somebody else's is not", { owner: 'them' }, false],
    ['of another platform is not', { ...ours, 'sluice:platform': 'other' }, false],
    ['of another version is not', { ...ours, 'sluice:version': '1.0.1' }, false],
    ['of another model is not', { ...ours, 'sluice:model': 'churm' }, false],
    ['that lacks one of them is not', half, false],
  ])('%s', (_, tags, is) => {
    expect(isTaggedAsOurs(tags, 'sluice', name)).toBe(is)
  })
})
