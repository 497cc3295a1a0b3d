import { describe, expect, test } from '@jest/globals'
import { noSuchImage, sourceOf, unreadImage } from '../../../lib/rules/container/image-sources.ts'
import { refusal } from '../refusal.ts'

const host = '111122223333.dkr.ecr.eu-west-1.amazonaws.com'
const source = (text: string) => sourceOf(text, host, 'sluice/')

describe('an image that a manifest names on AWS', () => {
  test("lies in the account's own registry, wherever in it", () => {
    expect(source(`${host}/sluice/images/churn:1.4.0`)).toMatchObject({
      repository: 'sluice/images/churn',
      tag: '1.4.0',
    })
    expect(source(`${host}/team/churn:1`).repository).toBe('team/churn')
  })

  test.each([
    ['ghcr.io/team/churn:1', 'lies in ghcr.io'],
    ['999999999999.dkr.ecr.eu-west-1.amazonaws.com/churn:1', 'lies in 999999999999'],
    ['111122223333.dkr.ecr.eu-north-1.amazonaws.com/churn:1', 'lies in 111122223333.dkr.ecr.eu-north-1'],
    ['localhost:5000/churn:1', 'lies in localhost:5000'],
    ['churn:1', 'names no registry'],
  ])('%s is refused, with where to push it', (text, why) => {
    const { code, message } = refusal(() => source(text))
    expect(code).toBe('image-unavailable')
    expect(message).toContain(`the image ${text} ${why}`)
    expect(message).toContain(`push it to ${host}/sluice/images/NAME, and name that`)
  })

  test('that is not there, or may not be read, is told with what to do', () => {
    expect(noSuchImage('a/b:1').message).toMatch(/^there is no image a\/b:1: push it, or mend its name/)
    expect(unreadImage('a/b:1', 'sluice/').message).toMatch(/imageSources, or sluice\/images\/\*/)
  })
})
