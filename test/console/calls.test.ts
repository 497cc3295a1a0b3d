import { execFileSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import { exampleIn, firstRecord, formOf, recordOf, textsOf } from '../../console/view/call-form.ts'
import { type Call, languages, languagesFor, snippet } from '../../console/view/call-snippets.ts'
import type { Signature } from '../../lib/rules/signature.ts'

const signature: Signature = {
  inputs: [
    { name: 'tenure', type: 'float32', shape: [] },
    { name: 'visits', type: 'int64', shape: [] },
    { name: 'plan', type: 'string', shape: [], values: ['basic', 'gold'] },
    { name: 'note', type: 'string', shape: [] },
    { name: 'member', type: 'boolean', shape: [] },
  ],
  outputs: [{ name: 'p', type: 'float64', shape: [] }],
}

describe('a form', () => {
  const fields = formOf(signature) ?? []

  test('is made from the signature', () => {
    expect(fields.map(({ kind }) => kind)).toEqual(['number', 'integer', 'choice', 'text', 'boolean'])
    const array = { name: 'row', type: 'float32', shape: [4] } as const
    expect(formOf({ ...signature, inputs: [array] })).toBeUndefined()
    expect(formOf({ ...signature, inputs: [...signature.inputs, array] })).toBeUndefined()
    expect(formOf({ ...signature, inputs: [] })).toBeUndefined()
  })

  test('gives back the record that it was filled with', () => {
    const record = { tenure: 1.5, visits: 3, plan: 'gold', note: '<b>"x"</b>', member: true }
    expect(recordOf(fields, textsOf(fields, record))).toEqual(record)
  })

  test('leaves what is wrong to the platform to refuse, which says why', () => {
    const texts = { tenure: 'much', visits: '', plan: 'gold', note: '', member: 'false' }
    expect(recordOf(fields, texts)).toEqual({ tenure: 'much', plan: 'gold', note: '', member: false })
  })

  test('begins with what the version has answered, in whichever form it was asked', () => {
    const examples = { formed: { value: [{ x: 1 }] }, recorded: { value: { instances: [{ x: 2 }] } } }
    const document = {
      paths: { '/p': { post: { requestBody: { content: { 'application/json': { examples } } } } } },
    }
    expect(firstRecord(exampleIn(document))).toEqual({ x: 2 })
    expect(firstRecord([{ x: 1 }, { x: 3 }])).toEqual({ x: 1 })
    expect(exampleIn({})).toBeUndefined()
  })
})

describe('the same call in another language', () => {
  const hostile = {
    "it's": `'; touch /tmp/x; echo '`,
    raw: ')" )-" \\ "',
    end: 'of it )',
    flag: true,
    none: null,
    list: [1, 'ü\n'],
  }
  const call: Call = {
    url: 'http://localhost:8080/models/churn/invocations',
    body: [hostile],
    callers: undefined,
  }

  test('curl sends what the shell was given, whatever stands in it', () => {
    const script = `curl() { printf '%s' "\${@: -1}"; }\n${snippet('curl', call)}`
    expect(JSON.parse(execFileSync('bash', ['-c', script], { encoding: 'utf8' }))).toEqual([hostile])
  })

  test('Python has the same value', () => {
    const code = snippet('Python', call).replace('import requests', '').split('answer.raise_for_status')[0]
    const stub = 'import json\nclass requests:\n  def post(url, json, timeout): return json\n'
    const out = execFileSync('python3', ['-c', `${stub}${code}\nprint(json.dumps(answer))`], {
      encoding: 'utf8',
    })
    expect(JSON.parse(out)).toEqual([hostile])
  })

  test('JavaScript has the same value', () => {
    const [, literal = ''] = /body: JSON\.stringify\((.*)\),\n\}\)/.exec(snippet('JavaScript', call)) ?? []
    expect(
      JSON.parse(execFileSync('node', ['-p', `JSON.stringify(${literal})`], { encoding: 'utf8' })),
    ).toEqual([hostile])
  })

  test('Java and Scala have a literal that both read as the same text', () => {
    for (const language of ['Java', 'Scala'] as const) {
      const [, literal = ''] = /ofString\((".*")\)/.exec(snippet(language, call)) ?? []
      expect(JSON.parse(JSON.parse(literal))).toEqual([hostile])
    }
  })

  test('behind IAM it is signed, in the Region that the address names', () => {
    const signed: Call = {
      ...{ body: [hostile], callers: 'iam' },
      url: 'https://a1b2.execute-api.eu-west-1.amazonaws.com/models/churn/invocations',
    }
    expect(languagesFor(signed)).toEqual(['curl', 'Python'])
    expect(snippet('curl', signed)).toContain('--aws-sigv4 "aws:amz:eu-west-1:execute-api"')
    expect(snippet('curl', { ...signed, url: 'https://models.example.com/x' })).toContain(
      'aws:amz:$AWS_REGION:',
    )
    const imports = /^(?:import (?:boto3|requests)|from .*|session = .*|SigV4.*|answer.*|print.*)\n?/gm
    const stub = 'def AWSRequest(method, url, headers, data): return (url, data)\n'
    const code = `${stub}${snippet('Python', signed).replaceAll(imports, '')}\nprint(json.dumps([json.loads(request[1]), region]))`
    expect(JSON.parse(execFileSync('python3', ['-c', code], { encoding: 'utf8' }))).toEqual([
      [hostile],
      'eu-west-1',
    ])
  })

  test('R gets a raw string that its text does not end', () => {
    const [, dashes = '', text = ''] =
      /r"(-*)\(([\s\S]*)\)\1", "application\/json"/.exec(snippet('R', call)) ?? []
    expect(JSON.parse(text)).toEqual([hostile])
    expect(text).not.toContain(`)${dashes}"`)
  })

  test('no language shows a key, and each takes it from where keys are kept', () => {
    for (const language of languages) {
      expect(snippet(language, { ...call, callers: 'keys' })).toContain('SLUICE_KEY')
      expect(snippet(language, call)).not.toContain('SLUICE_KEY')
    }
  })
})
