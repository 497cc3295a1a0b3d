import { describe, expect, test } from '@jest/globals'
import { imageUsers } from '../../lib/rules/collection.ts'
import type { VersionRecord } from '../../lib/rules/model-version.ts'
import { versionRecord } from '../harness/records.ts'

const artifact = (digest: string) => ({ digest, sizeBytes: 1, files: [] })
const image = { digest: 'sha256:one', uri: 'one' }
const goes = versionRecord('churn', '1.0.0', { state: 'DELETING', artifact: artifact('a'), image })

describe('the image of a version that goes', () => {
  test.each<[string, Partial<VersionRecord>]>([
    ['is served from it', { state: 'READY', image }],
    ['is about to be', { state: 'CREATING', image }],
    ['is made of the same bytes', { state: 'CREATING', artifact: artifact('a') }],
    ['is made of bytes not known yet', { state: 'CREATING' }],
  ])('is needed by another that %s, of whatever model', (_, facts) => {
    expect(imageUsers(goes, [goes, versionRecord('churn', '1.1.0', facts)])).toEqual(['churn 1.1.0'])
    expect(imageUsers(goes, [versionRecord('iris', '1.0.0', facts)])).toEqual(['iris 1.0.0'])
  })

  test.each<[string, Partial<VersionRecord>]>([
    ['has another', { state: 'READY', image: { ...image, digest: 'sha256:two' } }],
    ['is made of other bytes', { state: 'CREATING', artifact: artifact('b') }],
    ['failed', { state: 'FAILED', image }],
    ['was retired', { state: 'RETIRED', image }],
    ['is being collected', { state: 'DELETING', image }],
  ])('is not needed by one that %s, nor by itself', (_, facts) => {
    expect(imageUsers(goes, [goes, versionRecord('churn', '1.1.0', facts)])).toEqual([])
  })
})
